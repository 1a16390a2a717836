import Testing

@Suite("What the compiler refuses to cache")
struct UncacheableTests {
    /// What the compiler says to a program; nothing if it takes it.
    private func refusal(_ lines: String) async throws -> String? {
        let text = "```swift\nimport Sluice\nimport SluiceCache\n\(lines)\n```"
        let run = try DocumentRun(MarkdownDocument(path: "uncacheable.md", text: text))
        var refusal: String?
        do { try await run.run(run.document.blocks[0]) } catch { refusal = "\(error)" }
        try await run.finish()
        return refusal
    }

    @Test("nothing that is declared cacheable")
    func cacheable() async throws {
        let lines = """
            struct Profile: Cacheable { var name: String }
            let profiles = TieredCache<[Profile?]> { _ in [Profile(name: "Ann")] }
            let memory = MemoryCache<Int, [String: Double]>()
            """
        #expect(try await refusal(lines) == nil)
    }

    @Test(
        "a balance, a list of balances, a decision, and a type that says nothing",
        arguments: ["Balance", "[Balance]", "Balance?", "Decision", "Pass", "Unsaid"])
    func uncacheable(_ type: String) async throws {
        for cache in ["TieredCache<\(type)>", "MemoryCache<String, \(type)>"] {
            let lines = """
                struct Balance: Uncacheable { var cents: Int }
                struct Unsaid {}
                func take(_ cache: \(cache)) {}
                """
            #expect(try await refusal(lines)?.contains("conform to protocol 'Cacheable'") == true, "\(cache)")
        }
    }

    @Test("what was declared uncacheable, for whoever declares it cacheable elsewhere")
    func both() async throws {
        let lines = """
            struct Balance: Uncacheable { var cents: Int }
            extension Balance: Cacheable {}
            """
        #expect(try await refusal(lines)?.contains("conform to protocol 'Cacheable'") == true)
    }
}
