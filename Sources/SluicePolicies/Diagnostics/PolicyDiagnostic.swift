/// One thing that is wrong with a policy file: where, what, and what was probably meant.
public struct PolicyDiagnostic: Hashable, Sendable, CustomStringConvertible {
    /// The file, as it was named by whoever opened it.
    public var file: String
    /// Where; `nil` when the file could not be read at all.
    public var position: SourcePosition?
    /// What is wrong, without the suggestion.
    public var message: String
    /// The nearest valid word, if one is near.
    public var suggestion: String?
    /// The source line, or the part of it around the position.
    var excerpt: SourceExcerpt?

    /// The line, from 1; `nil` when the file could not be read at all.
    public var line: Int? { position?.line }
    /// The column, from 1, in Unicode scalars; `nil` when the file could not be read at all.
    public var column: Int? { position?.column }

    /// The message with the suggestion: `unknown key 'algoritm' in rule 'hourly' (did you mean 'algorithm'?)`.
    public var fullMessage: String {
        suggestion.map { "\(message) (did you mean \($0.quoted)?)" } ?? message
    }

    /// As compilers print it: `file:line:column: error: message`, the source line, a caret.
    public var description: String { formatted(colors: false) }

    /// As compilers print it, in colours for a terminal if asked.
    public func formatted(colors: Bool) -> String {
        let style = colors ? TerminalStyle.colored : .plain
        let place = position.map { "\(file):\($0):" } ?? "\(file):"
        let error = "\(style.red)error:\(style.reset)\(style.bold)"
        let headline = "\(style.bold)\(place) \(error) \(fullMessage)\(style.reset)"
        guard let excerpt else { return headline }
        let caret = String(repeating: " ", count: excerpt.caretOffset) + "\(style.green)^\(style.reset)"
        return "\(headline)\n\(excerpt.text)\n\(caret)"
    }
}

/// The escape sequences of ECMA-48 that a diagnostic uses, or nothing in their place.
private struct TerminalStyle {
    var bold = ""
    var red = ""
    var green = ""
    var reset = ""

    static let plain = TerminalStyle()
    static let colored = TerminalStyle(bold: "\u{1b}[1m", red: "\u{1b}[31m", green: "\u{1b}[32m", reset: "\u{1b}[0m")
}

extension String {
    /// The text between quotes, shortened, without characters that could drive a terminal.
    package var quoted: String {
        let longest = 60
        if utf8.count <= longest, isPlain { return "'\(self)'" }
        let shown = String(String.UnicodeScalarView(unicodeScalars.prefix(longest)))
        return "'\(shown.printable)\(unicodeScalars.count > longest ? "…" : "")'"
    }

    /// The text without characters that could drive a terminal.
    package var printable: String {
        if isPlain { return self }
        var scalars = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            scalars.append(scalar.properties.generalCategory == .control ? "\u{fffd}" : scalar)
        }
        return String(scalars)
    }

    /// Whether it is ASCII without controls, as nearly all names are: bytes are looked at much faster than scalars.
    private var isPlain: Bool { utf8.allSatisfy { (0x20..<0x7f).contains($0) } }
}
