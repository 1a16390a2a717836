/// Tells Swift's comments and strings apart from its code, one character for each.
///
/// It knows line and nested block comments, plain, raw and multi-line strings and interpolations within
/// them; it does not know regular expression literals, which this repository does not use.
struct SwiftScanner {
    /// The text without comments and the insides of strings.
    private(set) var code = ""
    /// The text of the comments alone.
    private(set) var comments = ""

    private let text: [Character]
    private var position = 0

    init(_ text: String) { self.text = Array(text) }

    /// Reads to the end.
    mutating func scan() {
        while position < text.count { scanCode(until: nil) }
    }

    private enum Kind { case code, comment, string }

    private mutating func take(_ kind: Kind, _ count: Int = 1) {
        for _ in 0..<count where position < text.count {
            let character = text[position]
            code.append(kind == .code || character == "\n" ? character : " ")
            comments.append(kind == .comment || character == "\n" ? character : " ")
            position += 1
        }
    }

    private func looks(at word: String, from offset: Int = 0) -> Bool {
        text[min(position + offset, text.count)...].starts(with: word)
    }

    /// Code up to the closing parenthesis of an interpolation, or to the end.
    private mutating func scanCode(until close: Character?) {
        var depth = 0
        while position < text.count {
            let character = text[position]
            if character == close, depth == 0 { return }
            switch character {
            case "/" where looks(at: "//"): scanLineComment()
            case "/" where looks(at: "/*"): scanBlockComment()
            case "\"", "#": scanStringOrCode()
            default:
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                take(.code)
            }
        }
    }

    private mutating func scanLineComment() {
        while position < text.count, text[position] != "\n" { take(.comment) }
    }

    private mutating func scanBlockComment() {
        var depth = 0
        while position < text.count {
            if looks(at: "/*") {
                depth += 1
                take(.comment, 2)
            } else if looks(at: "*/") {
                depth -= 1
                take(.comment, 2)
                if depth == 0 { return }
            } else {
                take(.comment)
            }
        }
    }

    private mutating func scanStringOrCode() {
        var pounds = 0
        while looks(at: "#", from: pounds) { pounds += 1 }
        guard looks(at: "\"", from: pounds) else { return take(.code, max(pounds, 1)) }
        let quote = looks(at: "\"\"\"", from: pounds) ? "\"\"\"" : "\""
        let fence = String(repeating: "#", count: pounds)
        take(.code, pounds + quote.count)
        while position < text.count {
            if looks(at: quote + fence) { return take(.code, quote.count + pounds) }
            if quote.count == 1, text[position] == "\n" { return }
            if looks(at: "\\" + fence + "(") {
                take(.string, 2 + pounds)
                scanCode(until: ")")
            } else if looks(at: "\\" + fence) {
                take(.string, 2 + pounds)
            } else {
                take(.string)
            }
        }
    }
}
