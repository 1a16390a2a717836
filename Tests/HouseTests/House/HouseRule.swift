import Testing

/// A rule of the house: what it is called and what it finds wrong with a file.
struct HouseRule: CustomTestStringConvertible, Sendable {
    let name: String
    let check: @Sendable (SourceFile) -> [Violation]

    init(_ name: String, check: @escaping @Sendable (SourceFile) -> [Violation]) {
        self.name = name
        self.check = check
    }

    var testDescription: String { name }

    /// All of them.
    static let all: [HouseRule] = [
        .lineLength, .fileLength, .functionLength, .plainNames, .fileNames, .publicDocumentation,
        .provenSendability, .nothingUnfinished, .imports, .noMachinePaths,
    ]
}
