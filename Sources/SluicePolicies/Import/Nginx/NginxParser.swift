/// Reads the text of an nginx configuration: words, quotes, comments and blocks, without knowing any directive.
struct NginxParser {
    private enum Token {
        case word(NginxDirective.Word)
        case end, open, close
    }

    private let source: SourceText
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private var column = 1

    /// How deep blocks may nest.
    private static let maximumDepth = 32

    static func parse(_ source: SourceText) throws(PolicyFileError) -> [NginxDirective] {
        var parser = NginxParser(source)
        return try parser.directives(in: nil, depth: 1)
    }

    private init(_ source: SourceText) {
        self.source = source
        scalars = Array(source.text.unicodeScalars)
    }

    private var position: SourcePosition { SourcePosition(line: line, column: column) }

    /// The directives up to the end of a block, or of the file.
    private mutating func directives(
        in opened: SourcePosition?, depth: Int
    ) throws(PolicyFileError) -> [NginxDirective] {
        var directives: [NginxDirective] = []
        var words: [NginxDirective.Word] = []
        while true {
            let place = position
            guard let token = try next() else {
                if let first = words.first {
                    throw source.malformed("the directive \(first.text.quoted) has no ';'", at: first.position)
                }
                if let opened { throw source.malformed("this block has no '}'", at: opened) }
                return directives
            }
            switch token {
            case .word(let word):
                words.append(word)
                continue
            case .close:
                guard opened != nil, words.isEmpty else {
                    let message =
                        words.first.map { "the directive \($0.text.quoted) has no ';'" } ?? "no block ends here"
                    throw source.malformed(message, at: words.first?.position ?? lastPosition(place))
                }
                return directives
            case .end, .open:
                guard let first = words.first else {
                    throw source.malformed("a directive's name must stand before this", at: lastPosition(place))
                }
                var block: [NginxDirective]?
                if case .open = token { block = try self.block(of: first, depth: depth) }
                directives.append(
                    NginxDirective(
                        name: first.text, position: first.position, arguments: Array(words.dropFirst()), block: block))
                words = []
            }
        }
    }

    /// The place of the token that was read last, which has one character.
    private func lastPosition(_ before: SourcePosition) -> SourcePosition {
        column > 1 ? SourcePosition(line: line, column: column - 1) : before
    }

    private mutating func block(
        of name: NginxDirective.Word, depth: Int
    ) throws(PolicyFileError) -> [NginxDirective] {
        guard depth < Self.maximumDepth else {
            throw source.malformed("blocks nest deeper than \(Self.maximumDepth) levels", at: name.position)
        }
        if name.text.hasSuffix("_by_lua_block") {
            try skipForeign(from: name.position)
            return []
        }
        return try directives(in: name.position, depth: depth + 1)
    }

    /// Skips a block in Lua, of which only braces and quotes are known.
    private mutating func skipForeign(from start: SourcePosition) throws(PolicyFileError) {
        var depth = 1
        while depth > 0 {
            guard let scalar = peek else { throw source.malformed("this block has no '}'", at: start) }
            if scalar == "\"" || scalar == "'" {
                _ = try quoted()
                continue
            }
            _ = advance()
            if scalar == "-", peek == "-" {
                while let rest = peek, rest != "\n" { _ = advance() }
            }
            if scalar == "{" { depth += 1 }
            if scalar == "}" { depth -= 1 }
        }
    }

    // MARK: Tokens

    private mutating func next() throws(PolicyFileError) -> Token? {
        while let scalar = peek {
            if scalar == "#" {
                while let rest = peek, rest != "\n" { _ = advance() }
            } else if Self.isSpace(scalar) {
                _ = advance()
            } else {
                break
            }
        }
        guard let scalar = peek else { return nil }
        switch scalar {
        case ";", "{", "}":
            _ = advance()
            return scalar == ";" ? .end : scalar == "{" ? .open : .close
        case "\"", "'": return .word(try quoted())
        default: return .word(bare())
        }
    }

    private mutating func bare() -> NginxDirective.Word {
        let start = position
        var text = String.UnicodeScalarView()
        while let scalar = peek, !Self.isSpace(scalar), scalar != ";", scalar != "{" || text.last == "$" {
            _ = advance()
            if scalar == "{" {
                // `${name}` is a variable, not a block.
                text.append(scalar)
                while let inner = peek, inner != "}", !Self.isSpace(inner) { text.append(advance() ?? inner) }
                if peek == "}" { text.append(advance() ?? "}") }
                continue
            }
            text.append(scalar)
            // What follows a backslash stands for itself, also when it would end the word; both are kept.
            if scalar == "\\", let escaped = advance() { text.append(escaped) }
        }
        return NginxDirective.Word(text: String(text), position: start)
    }

    private mutating func quoted() throws(PolicyFileError) -> NginxDirective.Word {
        let start = position
        let quote = advance()
        var text = String.UnicodeScalarView()
        while let scalar = advance() {
            if scalar == quote { return NginxDirective.Word(text: String(text), position: start) }
            if scalar == "\\", let escaped = peek {
                if escaped != quote, escaped != "\\" { text.append(scalar) }
                text.append(escaped)
                _ = advance()
            } else {
                text.append(scalar)
            }
        }
        throw source.malformed("this quote has no end", at: start)
    }

    private var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func advance() -> Unicode.Scalar? {
        guard index < scalars.count else { return nil }
        let scalar = scalars[index]
        index += 1
        if scalar == "\n" {
            (line, column) = (line + 1, 1)
        } else {
            column += 1
        }
        return scalar
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
    }
}
