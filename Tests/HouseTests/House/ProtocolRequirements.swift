/// What a public protocol of this repository asks for.
struct ProtocolRequirements: Sendable {
    /// The protocol's name.
    let of: String
    /// The functions and properties that it asks for and documents.
    let names: Set<String>

    /// Those of all public protocols.
    static let ours: [ProtocolRequirements] =
        (try? Repository.swift.get())?.flatMap { file in
            file.isSource ? requirements(in: file) : []
        } ?? []

    private static func requirements(in file: SourceFile) -> [ProtocolRequirements] {
        file.code.indices.compactMap { index in
            let line = file.code[index]
            guard line.contains("public protocol "), let name = HouseRule.declaredType(in: line) else { return nil }
            // A protocol ends with a brace in the column where its line began.
            let indent = line.prefix { $0 == " " }
            let body = file.code[(index + 1)...].prefix { !$0.hasPrefix(indent + "}") }
            return ProtocolRequirements(of: name, names: Set(body.compactMap(HouseRule.memberName)))
        }
    }
}
