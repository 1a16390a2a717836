extension HouseRule {
    /// Every public declaration says what it is.
    ///
    /// Properties of one line each may share the comment above the first of them, or that of the type they begin;
    /// what a standard protocol or a documented protocol of ours asks for is explained there.
    static let publicDocumentation = HouseRule("everything public has a doc comment") { file in
        guard file.isSource, file.module != "SluiceCommand" else { return [] }
        return file.code.indices.compactMap { index in
            guard isPublicDeclaration(file.code[index]), !explainsItself(file.code[index]),
                !isDocumented(index, in: file), !isDocumentedByProtocol(index, in: file)
            else { return nil }
            return file.violation(index + 1, "no doc comment above a public declaration")
        }
    }

    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "actor", "protocol", "typealias", "func", "init", "var", "let", "subscript",
        "associatedtype", "macro",
    ]

    private static func isPublicDeclaration(_ line: String) -> Bool {
        let words = line.split { !$0.isLetter && $0 != "@" && $0 != "_" }
        guard let access = words.firstIndex(where: { $0 == "public" || $0 == "open" }),
            words[..<access].allSatisfy({ $0.first == "@" || $0 == "always" || $0 == "static" || $0 == "final" })
        else { return false }
        return words[access...].contains { kinds.contains($0) } && !words[access...].contains("import")
    }

    /// What the standard library's protocols and result builders ask for.
    private static func explainsItself(_ line: String) -> Bool {
        [
            "var description:", "var debugDescription:", "var errorDescription:", "func == (", "func < (",
            "func hash(into ", "init(stringLiteral ", "init(integerLiteral ", "init(dictionaryLiteral ",
            "init(arrayLiteral ", "func encode(to ", "init(from ", "init?(_ description:", "static func build",
            "typealias Element ", "func makeAsyncIterator(", "func makeIterator(", "mutating func next(",
            "var rawValue:", "init?(rawValue",
        ].contains { line.contains($0) }
    }

    private static func isDocumented(_ index: Int, in file: SourceFile) -> Bool {
        var above = index - 1
        while above >= 0 {
            let line = file.lines[above].drop { $0 == " " }
            if line.starts(with: "///") { return true }
            // A doc comment stays right above attributes, and the first of a row of properties has it for all.
            let isAttribute = line.first == "@" || line.first == "#"
            let isNeighbour =
                isProperty(file.code[index]) && (isProperty(file.code[above]) || opensType(file.code[above]))
            guard isAttribute || isNeighbour else { return false }
            above -= 1
        }
        return false
    }

    private static func opensType(_ line: String) -> Bool { declaredType(in: line) != nil && line.last == "{" }

    /// Whether a declaration is what a protocol asks for, of which the file has a conformance or an extension.
    private static func isDocumentedByProtocol(_ index: Int, in file: SourceFile) -> Bool {
        guard let name = memberName(in: file.code[index]) else { return false }
        return ProtocolRequirements.ours.contains { requirement in
            requirement.names.contains(name)
                && file.code.contains { line in
                    (declaredType(in: line) != nil || line.contains("extension "))
                        && line.split { !$0.isLetter }.contains(Substring(requirement.of))
                }
        }
    }

    /// The name of the function or property that a line declares.
    static func memberName(in line: String) -> String? {
        let words = line.split { !$0.isLetter && !$0.isNumber }
        guard let keyword = words.firstIndex(where: { $0 == "func" || $0 == "var" }), keyword + 1 < words.count
        else { return nil }
        return String(words[keyword + 1])
    }

    private static func isProperty(_ line: String) -> Bool {
        let words = line.split(separator: " ")
        return words.contains("public") && (words.contains("let") || words.contains("var"))
            && line.last != "{"
    }
}
