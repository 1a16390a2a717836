/// The text of a policy file and its lines.
struct SourceText {
    /// The file, as it was named by whoever opened it.
    let name: String
    /// The text without a byte order mark.
    let text: String
    /// The lines as YAML counts them: besides line feeds and carriage returns, U+0085, U+2028 and U+2029 end one.
    let lines: [String.UnicodeScalarView.SubSequence]

    init(name: String, text: String) {
        self.name = name
        self.text = text.unicodeScalars.first == "\u{feff}" ? String(text.unicodeScalars.dropFirst()) : text
        lines = Self.lines(of: self.text.unicodeScalars)
    }

    /// The text of bytes in UTF-8.
    init(name: String, bytes: [UInt8]) throws(PolicyFileError) {
        if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
            let source = SourceText(name: name, text: "")
            throw PolicyFileError(
                .malformed, [source.diagnostic("the file is in UTF-16; save it as UTF-8", at: .start)])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let valid = SourceText(name: name, text: Self.validPrefix(of: bytes))
            let message = "the file is not valid UTF-8 from here on; save it as UTF-8"
            throw PolicyFileError(.malformed, [valid.diagnostic(message, at: valid.end)])
        }
        self.init(name: name, text: text)
    }

    /// The place after the last character.
    var end: SourcePosition { SourcePosition(line: lines.count, column: lines[lines.count - 1].count + 1) }

    /// The first character that YAML does not admit (YAML 1.2.2, production 1, `c-printable`).
    var firstForbidden: (scalar: Unicode.Scalar, position: SourcePosition)? {
        // Nearly every file is of these alone.
        guard !text.utf8.allSatisfy({ (0x20...0x7e).contains($0) || $0 == 0x0a || $0 == 0x09 }) else { return nil }
        for (index, line) in lines.enumerated() {
            for (offset, scalar) in line.enumerated() where !Self.isAdmitted(scalar) {
                return (scalar, SourcePosition(line: index + 1, column: offset + 1))
            }
        }
        return nil
    }

    func diagnostic(
        _ message: String, at position: SourcePosition, suggesting suggestion: String? = nil
    ) -> PolicyDiagnostic {
        let position = clamped(position)
        return PolicyDiagnostic(
            file: name, position: position, message: message, suggestion: suggestion,
            excerpt: SourceExcerpt(lines[position.line - 1], column: position.column))
    }

    /// The scalar at a place, if there is one.
    func scalar(at position: SourcePosition) -> Unicode.Scalar? {
        guard lines.indices.contains(position.line - 1) else { return nil }
        return lines[position.line - 1].dropFirst(position.column - 1).first
    }

    /// The nearest place that exists.
    func clamped(_ position: SourcePosition) -> SourcePosition {
        if position.line > lines.count { return end }
        let line = max(position.line, 1)
        return SourcePosition(line: line, column: min(max(position.column, 1), lines[line - 1].count + 1))
    }

    private static func isAdmitted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0a, 0x0d, 0x20...0x7e, 0x85, 0xa0...0xd7ff, 0xe000...0xfffd, 0x10000...0x10ffff: true
        default: false
        }
    }

    private static func lines(of scalars: String.UnicodeScalarView) -> [String.UnicodeScalarView.SubSequence] {
        var lines: [String.UnicodeScalarView.SubSequence] = []
        var start = scalars.startIndex
        var index = start
        while index < scalars.endIndex {
            let scalar = scalars[index]
            let end = index
            index = scalars.index(after: index)
            guard isLineBreak(scalar) else { continue }
            if scalar == "\r", index < scalars.endIndex, scalars[index] == "\n" {
                index = scalars.index(after: index)
            }
            lines.append(scalars[start..<end])
            start = index
        }
        lines.append(scalars[start...])
        return lines
    }

    private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }

    private static func validPrefix(of bytes: [UInt8]) -> String {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var count = 0
        while case .valid(let encoded) = parser.parseScalar(from: &iterator) { count += encoded.count }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

/// A source line, or as much of a long one as shows a place.
struct SourceExcerpt: Hashable, Sendable {
    /// The text, with a space for each tab so that the caret stands right.
    let text: String
    /// How many characters stand before the place.
    let caretOffset: Int

    private static let longest = 120

    init(_ line: String.UnicodeScalarView.SubSequence, column: Int) {
        // Two thirds of a long line's window lie before the place: what is wrong is seen by what led to it.
        let start = line.count <= Self.longest ? 0 : max(0, column - 1 - Self.longest * 2 / 3)
        let window = String(line).hidingPasswords.unicodeScalars.dropFirst(start).prefix(Self.longest)
        var text = String.UnicodeScalarView()
        text.append(contentsOf: window.map { $0.properties.generalCategory == .control ? " " : $0 })
        self.text = String(text)
        caretOffset = column - 1 - start
    }
}
