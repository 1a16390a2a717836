internal import Yams

/// Makes the tree of a YAML text, by Yams.
struct YAMLComposer {
    private let source: SourceText
    private var disguise: YAMLDisguise
    /// The source's, disguised.
    private var text: String

    /// How many repeated keys are looked past; each costs composing the text once more.
    private static let maximumRepeatedKeys = 16

    /// The root of the text's only document; `nil` for a text without one.
    static func compose(_ log: DiagnosticLog) throws(PolicyFileError) -> YAMLNode? {
        let source = log.source
        if let (scalar, position) = source.firstForbidden {
            let code = String(scalar.value, radix: 16, uppercase: true)
            let padding = String(repeating: "0", count: max(0, 4 - code.count))
            throw source.malformed("the control character U+\(padding)\(code) is not allowed in YAML", at: position)
        }
        guard let disguise = YAMLDisguise(for: source.text) else {
            throw source.malformed("the text uses nearly all of Unicode's private use area", at: .start)
        }
        var composer = YAMLComposer(source, disguise)
        return try composer.compose(log)
    }

    private init(_ source: SourceText, _ disguise: YAMLDisguise) {
        self.source = source
        self.disguise = disguise
        text = source.text
        if text.utf8.contains(UInt8(ascii: "*")) {
            text = Self.text(text.unicodeScalars.map { $0 == "*" ? disguise.asterisk : $0 })
        }
    }

    private mutating func compose(_ log: DiagnosticLog) throws(PolicyFileError) -> YAMLNode? {
        for _ in 0..<Self.maximumRepeatedKeys {
            do {
                return try parse(log)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let position = SourcePosition(context.mark)
                guard rename(keyAt: position) else {
                    let key = keys.first.map { disguise.undone($0).quoted } ?? "a key"
                    throw source.malformed("\(key) is given twice in the same map", at: position)
                }
            } catch let error as PolicyFileError {
                throw error
            } catch let error as YamlError {
                throw source.malformed(error)
            } catch {
                throw source.malformed("\(error)", at: .start)
            }
        }
        throw source.malformed("more than \(Self.maximumRepeatedKeys) keys are given twice", at: .start)
    }

    private func parse(_ log: DiagnosticLog) throws -> YAMLNode? {
        // `basic` compares keys as text and tries no regular expressions on them.
        let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
        guard let root = try parser.singleRoot() else { return nil }
        // Nodes hold their anchors weakly; the parser owns them.
        return try withExtendedLifetime(parser) {
            var converter = YAMLNodeConverter(disguise, log)
            return try converter.convert(root, depth: 1).node
        }
    }

    /// Makes the key at a place differ from all others; its text comes back when the disguise is undone.
    private mutating func rename(keyAt position: SourcePosition) -> Bool {
        guard source.lines.indices.contains(position.line - 1) else { return false }
        let line = source.lines[position.line - 1]
        let original = source.text.unicodeScalars
        var offset = original.distance(from: original.startIndex, to: line.startIndex) + position.column - 1
        var scalars = Array(text.unicodeScalars)
        guard scalars.indices.contains(offset) else { return false }
        if scalars[offset] == "'" || scalars[offset] == "\"" { offset += 1 }
        guard scalars.indices.contains(offset) else { return false }
        // Anything else may have a meaning to YAML at that place.
        guard Self.isLetter(scalars[offset]), let substitute = disguise.substitute(for: scalars[offset]) else {
            return false
        }
        scalars[offset] = substitute
        text = Self.text(scalars)
        return true
    }

    private static func text(_ scalars: [Unicode.Scalar]) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "_", "/": true
        default: scalar.properties.isAlphabetic || scalar.properties.generalCategory == .privateUse
        }
    }
}

extension SourcePosition {
    init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }
}
