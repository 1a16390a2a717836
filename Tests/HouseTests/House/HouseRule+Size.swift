extension HouseRule {
    /// Lines at most 120 characters.
    static let lineLength = HouseRule("lines have at most 120 characters") { file in
        file.lines.enumerated().filter { $0.element.count > 120 }.map {
            file.violation($0.offset + 1, "\($0.element.count) characters in a line, 120 are the most")
        }
    }

    /// Sources at most 400 lines.
    static let fileLength = HouseRule("files have at most 400 lines") { file in
        guard file.isSource, file.lines.count > 401 else { return [] }
        return [file.violation(0, "\(file.lines.count) lines, 400 are the most")]
    }

    /// Functions at most 70 lines, from `func` to the closing brace.
    static let functionLength = HouseRule("functions have at most 70 lines") { file in
        guard file.isSwift else { return [] }
        return functions(in: file.code).filter { $0.count > 70 }.map {
            file.violation($0.lowerBound + 1, "\($0.count) lines in a function, 70 are the most")
        }
    }

    /// The lines of each function, initializer and subscript that has a body.
    static func functions(in code: [String]) -> [Range<Int>] {
        code.indices.compactMap { start in
            let words = code[start].split { !$0.isLetter && $0 != "_" }
            guard words.contains(where: { ["func", "init", "deinit", "subscript"].contains($0) }),
                declares(code[start])
            else { return nil }
            return body(from: start, in: code)
        }
    }

    private static func declares(_ line: String) -> Bool {
        for word in line.split(separator: " ") {
            if ["func", "deinit"].contains(word) { return true }
            if ["init", "subscript"].contains(where: { word.starts(with: $0) }) { return true }
            guard word.first == "@" || modifiers.contains(where: { word.starts(with: $0) }) else { return false }
        }
        return false
    }

    private static let modifiers = [
        "public", "package", "internal", "private", "fileprivate", "open", "static", "class", "final", "override",
        "mutating", "nonmutating", "consuming", "borrowing", "convenience", "required", "nonisolated", "isolated",
    ]

    private static func body(from start: Int, in code: [String]) -> Range<Int>? {
        var parentheses = 0
        var braces = 0
        for line in start..<code.count {
            for character in code[line] {
                switch character {
                case "(", "[": parentheses += 1
                case ")", "]": parentheses -= 1
                case "{": braces += 1
                case "}":
                    braces -= 1
                    // A brace that was never opened ends the protocol around a requirement.
                    if braces < 0 { return nil }
                    if braces == 0, parentheses == 0 { return start..<line + 1 }
                default: break
                }
            }
            if braces == 0, parentheses == 0, !continues(after: line, in: code) { return nil }
        }
        return nil
    }

    /// Whether a signature goes on in the next line.
    private static func continues(after line: Int, in code: [String]) -> Bool {
        guard line + 1 < code.count else { return false }
        let next = code[line + 1].drop { $0 == " " }
        return ["{", "->", "throws", "async", "where", "rethrows", "nonisolated"].contains { next.starts(with: $0) }
    }
}
