import Testing

/// A made-up file that breaks a rule in one line, or that only seems to.
struct Offence: Sendable, CustomTestStringConvertible {
    var rule: HouseRule
    var path: String
    var text: String
    /// Where, counted from one; 0 for the whole file.
    var line = 0

    var testDescription: String { "\(rule.name): \(path)" }

    init(_ rule: HouseRule, _ path: String, line: Int = 0, _ text: String) {
        self.rule = rule
        self.path = path
        self.line = line
        self.text = text
    }

    private static func function(ofLines count: Int) -> String {
        "func f(\n    a: Int\n) {\n" + String(repeating: "    a()\n", count: count - 4) + "}\n"
    }

    /// Files that break a rule.
    static let all: [Offence] = [
        Offence(.lineLength, "Tests/A/A.swift", line: 2, "a\n" + String(repeating: "x", count: 121)),
        Offence(.fileLength, "Sources/A/A.swift", String(repeating: "a\n", count: 401)),
        Offence(.functionLength, "Sources/A/A.swift", line: 2, "struct A {\n" + function(ofLines: 71) + "}"),
        Offence(.plainNames, "Sources/A/StringHelper.swift", "extension String {}"),
        Offence(.plainNames, "Sources/A/A.swift", line: 1, "final class ConnectionManager {}"),
        Offence(.plainNames, "Tests/A/Utils.swift", "func f() {}"),
        Offence(.fileNames, "Sources/A/Cell.swift", "struct Table {}"),
        Offence(.fileNames, "Sources/A/Cell+Growth.swift", "extension Table {}"),
        Offence(.fileNames, "Sources/A/ChartScale.swift", "struct Tick {}\nstruct Mark {}"),
        Offence(.publicDocumentation, "Sources/Sluice/A.swift", line: 1, "public struct A {}"),
        Offence(
            .publicDocumentation, "Sources/Sluice/A.swift", line: 3,
            "/// A.\npublic struct A {\n    public func now() -> Timestamp {}\n}"),
        Offence(
            .publicDocumentation, "Sources/Sluice/A.swift", line: 4,
            "/// A.\npublic struct A {\n    @inlinable\n    public func b() {}\n}"),
        Offence(
            .publicDocumentation, "Sources/Sluice/A.swift", line: 3, "/// A.\npublic let a = 1\npublic func b() {}"),
        Offence(.provenSendability, "Sources/A/A.swift", line: 2, "/// A.\nfinal class A: @unchecked Sendable {}"),
        Offence(.provenSendability, "Sources/A/A.swift", line: 1, "nonisolated(unsafe) var a = 1"),
        Offence(.nothingUnfinished, "Sources/A/A.swift", line: 1, "let a = 1 // TODO: two"),
        Offence(.nothingUnfinished, "Sources/A/A.swift", line: 1, "func a() { fatalError(\"not implemented\") }"),
        Offence(.nothingUnfinished, "Sources/A/A.swift", line: 1, "func a() { fatalError() }"),
        Offence(.imports, "Sources/Sluice/A.swift", line: 1, "import NIOCore"),
        Offence(.imports, "Sources/Sluice/A.swift", line: 1, "internal import Foundation"),
        Offence(.imports, "Sources/RESP/A.swift", line: 1, "public import Sluice"),
        Offence(.imports, "Sources/SluicePolicies/A.swift", line: 1, "import struct SluiceServer.Server"),
        Offence(.noMachinePaths, "docs/a.md", line: 2, "a\nsee /" + "work/a"),
    ]

    /// Files that break none.
    static let none: [Offence] = [
        Offence(.lineLength, "Tests/A/A.swift", String(repeating: "ß", count: 120)),
        Offence(.functionLength, "Sources/A/A.swift", function(ofLines: 70)),
        Offence(
            .functionLength, "Sources/A/A.swift",
            "protocol A {\n    func a()\n    func b() -> Int\n}\n" + String(repeating: "let a = 1\n", count: 90)),
        Offence(.plainNames, "Sources/A/Utilization.swift", "struct Utilization {}"),
        Offence(.fileNames, "Sources/A/SaturatingArithmetic.swift", "extension Int64 {\n    enum A {}\n}"),
        Offence(.fileNames, "Sources/A/Cell+Growth.swift", "extension Cell {}"),
        Offence(
            .publicDocumentation, "Sources/Sluice/A.swift",
            "/// A.\n@frozen\npublic struct A {\n    public var description: String { \"public struct\" }\n}"),
        Offence(.fileNames, "Sources/A/ChartScale.swift", "struct CountScale {}\nstruct Tick {}"),
        Offence(.fileNames, "Sources/A/Handler+StateMachine.swift", "struct ConnectionStateMachine {}"),
        Offence(
            .publicDocumentation, "Sources/Sluice/A.swift",
            "/// A.\npublic struct A {\n    public var b = 1\n    public var c = 1\n}"),
        Offence(
            .publicDocumentation, "Sources/Sluice/A.swift",
            "/// A.\npublic struct A: TimeProvider {\n    public func now() -> Timestamp {}\n}"),
        Offence(
            .publicDocumentation, "Sources/Sluice/A.swift",
            "/// Keys.\npublic static let a = 1\npublic static let b = 2"),
        Offence(
            .provenSendability, "Sources/A/A.swift",
            "// Only touched under `lock`.\nfinal class A: @unchecked Sendable {}"),
        Offence(.nothingUnfinished, "Sources/A/A.swift", "let a = \"TODO\"\nfatalError(\"the table is corrupt\")"),
        Offence(.imports, "Sources/Sluice/A.swift", "import Synchronization\n#if a\nimport Glibc\n#endif"),
        Offence(.imports, "Sources/SluiceServer/A.swift", "public import Hummingbird\nimport RESP"),
        Offence(.noMachinePaths, "docs/a.md", "a framework/b"),
    ]
}
