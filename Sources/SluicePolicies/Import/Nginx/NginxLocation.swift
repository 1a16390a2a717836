internal import Sluice

/// A `location`: which paths it takes, and how it stands among others.
struct NginxLocation {
    private enum Kind: Int { case exact, preferred, expression, prefix }

    private let kind: Kind
    private let text: String
    /// What it matches as patterns of a path; `nil` if patterns cannot say it.
    let patterns: [String]?

    init(_ arguments: [NginxDirective.Word]) {
        let words = arguments.map(\.text)
        text = words.last ?? "/"
        let modifier = words.count > 1 ? words[0] : ""
        switch modifier {
        case "=": kind = .exact
        case "^~": kind = .preferred
        case "~", "~*": kind = .expression
        default: kind = .prefix
        }
        switch kind {
        case .exact: patterns = text.contains("*") ? nil : [text]
        case .expression: patterns = modifier == "~*" ? nil : NginxExpression.patterns(text)
        case .preferred, .prefix: patterns = text.contains("*") || text.hasPrefix("@") ? nil : ["\(text)*"]
        }
    }

    /// Whether only nginx itself comes here.
    var isNamed: Bool { text.hasPrefix("@") }

    /// Whether one is tried before another that stands after it in the file.
    func precedes(_ other: NginxLocation, amongExpressions: Bool) -> Bool {
        // Without expressions `^~` means nothing.
        func rank(_ kind: Kind) -> Int {
            !amongExpressions && kind == .preferred ? Kind.prefix.rawValue : kind.rawValue
        }
        let (own, others) = (rank(kind), rank(other.kind))
        if own != others { return own < others }
        return kind != .expression && text.utf8.count > other.text.utf8.count
    }

    var isExpression: Bool { kind == .expression }
}

/// A regular expression as patterns, if patterns can say the same.
enum NginxExpression {
    private static let special = Set("\\^$.|?*+()[]{}")

    static func patterns(_ expression: String) -> [String]? {
        var rest = Substring(expression)
        var texts = [rest.first == "^" ? "" : "*"]
        if rest.first == "^" { rest = rest.dropFirst() }
        var isOpen = true
        if rest.last == "$", !rest.hasSuffix("\\$") {
            rest = rest.dropLast()
            isOpen = false
        }
        while let character = rest.first {
            rest = rest.dropFirst()
            if character == "(" {
                guard let end = rest.firstIndex(of: ")") else { return nil }
                let inner = rest[..<end].hasPrefix("?:") ? rest[..<end].dropFirst(2) : rest[..<end]
                let choices = inner.split(separator: "|", omittingEmptySubsequences: false).map(literal)
                rest = rest[rest.index(after: end)...]
                guard !choices.contains(nil), !isRepeated(rest) else { return nil }
                texts = texts.flatMap { text in choices.compactMap { $0 }.map { text + $0 } }
            } else if character == ".", rest.first == "*" {
                rest = rest.dropFirst()
                guard !isRepeated(rest) else { return nil }
                texts = texts.map { $0 + "*" }
            } else {
                var piece = String(character)
                if character == "\\" {
                    guard let escaped = rest.first else { return nil }
                    piece.append(escaped)
                    rest = rest.dropFirst()
                }
                guard let text = literal(piece[...]), !isRepeated(rest) else { return nil }
                texts = texts.map { $0 + text }
            }
        }
        return texts.map { isOpen && $0.last != "*" ? $0 + "*" : $0 }
    }

    private static func isRepeated(_ rest: Substring) -> Bool { rest.first.map { "*+?{".contains($0) } ?? false }

    /// The text of an expression that stands for itself; no `*`, which would mean something to a pattern.
    private static func literal(_ expression: Substring) -> String? {
        var text = ""
        var rest = expression
        while let character = rest.first {
            rest = rest.dropFirst()
            if character == "\\" {
                guard let escaped = rest.first, !escaped.isLetter, !escaped.isNumber, escaped != "*" else { return nil }
                text.append(escaped)
                rest = rest.dropFirst()
            } else {
                guard !special.contains(character) else { return nil }
                text.append(character)
            }
        }
        return text
    }
}
