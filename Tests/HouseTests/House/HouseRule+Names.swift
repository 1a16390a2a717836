extension HouseRule {
    private static let emptyWords = ["Helper", "Helpers", "Manager", "Util", "Utils", "Utility", "Utilities", "Misc"]

    /// No file, type or function has a name that says nothing.
    static let plainNames = HouseRule("no name says only Helper, Manager, Util or Misc") { file in
        guard file.isSwift else { return [] }
        var found: [Violation] = []
        if let word = words(of: file.name).first(where: emptyWords.contains) {
            found.append(file.violation(0, "a file called \(word) says nothing of what it holds"))
        }
        for (index, line) in file.code.enumerated() {
            guard let name = declaredType(in: line), let word = words(of: name).first(where: emptyWords.contains)
            else { continue }
            found.append(file.violation(index + 1, "a type called \(word) says nothing of what it is"))
        }
        return found
    }

    /// A file is named after the type or the capability it holds, or after the family of its types: the scales in
    /// `ChartScale.swift`, the state machine of `Handler` in `Handler+StateMachine.swift`.
    static let fileNames = HouseRule("a file is named after what it holds") { file in
        guard file.isSource, file.name != "main" else { return [] }
        let parts = file.name.split(separator: "+", maxSplits: 1)
        let subject = String(parts[0])
        let declared = file.code.compactMap(declaredType)
        let extended = file.code.compactMap(extendedType)
        if parts.count == 2 {
            if declared.contains(subject) || extended.contains(subject) { return [] }
            if parts[1] == "StateMachine", declared.contains(where: { $0.hasSuffix("StateMachine") }) { return [] }
            return [file.violation(0, "declares and extends no \(subject)")]
        }
        // A file of extensions alone is named after what they add.
        let isCapability = file.code.filter { $0.first?.isLetter == true }.compactMap(declaredType).isEmpty
        if declared.contains(subject) || isCapability { return [] }
        let family = Set(words(of: subject).dropFirst())
        if declared.count > 1, !family.isDisjoint(with: words(of: declared[0])) { return [] }
        return [file.violation(0, "declares no \(subject), but \(declared.joined(separator: ", "))")]
    }

    /// The camel-case words of a name.
    private static func words(of name: String) -> [String] {
        var words = [""]
        for character in name {
            if character.isUppercase || !character.isLetter { words.append("") }
            words[words.count - 1].append(character)
        }
        return words
    }

    /// The type that a line of code declares.
    static func declaredType(in line: String) -> String? {
        name(after: ["struct", "class", "enum", "actor", "protocol", "typealias"], in: line)
    }

    private static func extendedType(in line: String) -> String? { name(after: ["extension"], in: line) }

    private static func name(after keywords: [String], in line: String) -> String? {
        let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "." && $0 != "@" && $0 != "`" }
        guard let index = words.firstIndex(where: { keywords.contains(String($0)) }), index + 1 < words.count,
            words[..<index].allSatisfy({ $0.first == "@" || prefixes.contains(String($0)) }),
            words[index + 1] != "func", words[index + 1] != "var", words[index + 1] != "let"
        else { return nil }
        return String(words[index + 1])
    }

    private static let prefixes: Set<String> = [
        "public", "package", "internal", "private", "fileprivate", "open", "final", "indirect", "nonisolated",
        "distributed", "dynamicMemberLookup", "unchecked",
    ]
}
