import SluicePolicies
import Testing

@Suite("A diagnostic's form")
struct PolicyDiagnosticFormTests {
    private func error(_ text: String) throws -> PolicyFileError {
        try #require(throws: PolicyFileError.self) { try PolicyFile(yaml: text, name: "sluice.yaml") }
    }

    @Test("is that of compilers: place, message, line, caret")
    func form() throws {
        let text = """
            policies:
              chat:
                rules:
                  - {name: flood, by: [user], limit: 5 per 10s}
                  - name: hourly
                    by: [user]
                    algoritm: sliding-log
                    limit: 20 per 1h
            """
        let expected = """
            sluice.yaml:7:9: error: unknown key 'algoritm' in rule 'hourly' (did you mean 'algorithm'?)
                    algoritm: sliding-log
                    ^
            """
        #expect(try error(text).description == expected)
    }

    @Test("has colours only when asked")
    func colors() throws {
        let error = try error("polices: 1")
        #expect(!error.description.contains("\u{1b}"))
        #expect(error.formatted(colors: true).contains("\u{1b}[31merror:\u{1b}[0m"))
    }

    @Test("shows a part of a long line, with the caret below the place")
    func longLine() throws {
        let text = "policies: {p: {rules: [\(String(repeating: " ", count: 5_000))x]}}"
        let lines = try error(text).description.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].count <= 120)
        let caret = try #require(Array(lines[2]).firstIndex(of: "^"))
        #expect(Array(lines[1])[caret] == "x")
    }

    @Test("holds nothing that could drive a terminal")
    func escapes() throws {
        let error = try error(#"policies: {"a\e[31m": {rules: "\e]0;x\a"}}"#)
        #expect(!error.description.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    }

    @Test("tells all faults of a file, in its order")
    func order() throws {
        let error = try error(
            """
            policies:
              a:
                rules:
                  - {name: r, by: [], limit: 5 per 10}
              b:
                strict: on
                rules: []
              c: 5
            """)
        #expect(error.code == .invalid)
        #expect(error.diagnostics.map(\.line) == [4, 6, 7, 8])
        #expect(error.diagnostics.allSatisfy { $0.file == "sluice.yaml" })
    }
}
