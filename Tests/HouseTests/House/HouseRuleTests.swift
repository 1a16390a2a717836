import Testing

@Suite("The rules of the house")
struct HouseRuleTests {
    @Test("hold in every file", arguments: HouseRule.all)
    func hold(_ rule: HouseRule) throws {
        let files = try Repository.swift.get()
        #expect(files.count > 50, "the walk over the repository found too little")
        let violations = files.flatMap(rule.check)
        #expect(violations.isEmpty, "\n\(violations.map(\.description).joined(separator: "\n"))")
    }

    @Test("hold in scripts and documents")
    func holdOutsideSwift() throws {
        let files = try Repository.files(
            under: ["Scripts", "docs", "Benchmarks", "Examples", "Integrations"],
            endingIn: [".sh", ".md", ".py", ".lua", ".yaml", ".yml", ".svg"])
        #expect(files.count > 10)
        let violations = files.flatMap(HouseRule.nothingUnfinished.check)
        #expect(violations.isEmpty, "\n\(violations.map(\.description).joined(separator: "\n"))")
    }

    @Test("let no file name a place of somebody's machine")
    func noMachinePaths() throws {
        let files = try Repository.files(
            under: ["Scripts", "docs", "Benchmarks", "Examples", "Integrations", "Sources", "Tests"], endingIn: [""])
        let violations = files.flatMap(HouseRule.noMachinePaths.check)
        #expect(violations.isEmpty, "\n\(violations.map(\.description).joined(separator: "\n"))")
    }

    @Test("find what breaks them", arguments: Offence.all)
    func findOffences(_ offence: Offence) {
        let found = offence.rule.check(SourceFile(path: offence.path, text: offence.text))
        #expect(found.map(\.line) == [offence.line])
    }

    @Test("let pass what only looks like breaking them", arguments: Offence.none)
    func letPass(_ innocent: Offence) {
        let found = innocent.rule.check(SourceFile(path: innocent.path, text: innocent.text))
        #expect(found.isEmpty)
    }

    @Test("each have an offence that shows they can fail", arguments: HouseRule.all)
    func haveOffence(_ rule: HouseRule) {
        #expect(Offence.all.contains { $0.rule.name == rule.name })
    }

    @Test func `The scanner tells strings and comments from code`() {
        let file = SourceFile(
            path: "a.swift",
            text: """
                let a = "x // \\(b("y") + 1) */" // c "d"
                let e = #"f\\("# /* g /* h */ i */ + 2
                """)
        #expect(file.code[0] == #"let a = "       b(" ") + 1    "         "#)
        #expect(file.comments[0].drop { $0 == " " } == #"// c "d""#)
        #expect(file.code[1].hasPrefix(##"let e = #"   "# "##))
        #expect(file.code[1].hasSuffix(" + 2"))
    }
}
