import Foundation
import Testing

@Suite("Documents")
struct DocumentTests {
    @Test("say only what is so", arguments: try MarkdownDocument.all().map(\.path))
    func sayWhatIsSo(_ path: String) async throws {
        let document = try #require(try MarkdownDocument.all().first { $0.path == path })
        let run = try DocumentRun(document)
        for block in document.blocks {
            do { try await run.run(block) } catch {
                Issue.record("\(path):\(block.line): \(error)")
            }
        }
        try await run.finish()
    }

    @Test("are all found")
    func areFound() throws {
        let paths = try MarkdownDocument.all().map(\.path)
        for path in ["README.md", "CONTRIBUTING.md", "docs/architecture.md"] { #expect(paths.contains(path)) }
        #expect(paths.contains { $0.hasPrefix("docs/decisions/") })
        #expect(paths.contains { $0.hasPrefix("Sources/Sluice/") })
    }

    @Test("are listed in the index of their folder", arguments: ["docs", "docs/decisions"])
    func areListed(_ folder: String) throws {
        let index = try String(
            contentsOf: Repository.root.appendingPathComponent("\(folder)/README.md"), encoding: .utf8)
        for document in try MarkdownDocument.all() where document.folder == folder && document.name != "README.md" {
            #expect(index.contains("](\(document.name))"), "\(document.path) is not in the index")
        }
    }

    @Test("point at files that are there", arguments: try MarkdownDocument.all().map(\.path))
    func pointAtFiles(_ path: String) throws {
        let document = try #require(try MarkdownDocument.all().first { $0.path == path })
        for link in document.links where !link.contains("://") && !link.hasPrefix("#") {
            let file = link.prefix { $0 != "#" }
            let target = Repository.root.appendingPathComponent("\(document.folder)/\(file)")
            #expect(FileManager.default.fileExists(atPath: target.path), "\(path) points at \(link)")
        }
    }

    @Test("are read block by block")
    func areReadByBlock() {
        let text = """
            <!-- test: server -->
            <!-- test: exit 1 -->

            ```sh
            a
            ```
            <!-- test: lost -->
            A [link](b.md), ![two](c/d.svg).
              ````swift
              ```
                b
              ````
            """
        let document = MarkdownDocument(path: "docs/a.md", text: text)
        let blocks = document.blocks
        #expect(document.links == ["b.md", "c/d.svg"])
        #expect(document.folder == "docs" && document.name == "a.md")
        #expect(blocks.map(\.language) == ["sh", "swift"])
        #expect(blocks.map(\.text) == ["a\n", "```\n  b\n"])
        #expect(blocks.map(\.line) == [4, 9])
        #expect(blocks.map(\.notes) == [["server", "exit 1"], []])
        #expect(blocks[0].argument(of: "exit") == "1")
    }

    @Test(
        "that are wrong are found out",
        arguments: [
            "```sh\nfalse\n```",
            "<!-- test: exit 2 -->\n```sh\nexit 1\n```",
            "```sh\nsluice no-such-command\n```",
            "```sh\necho a\n```\n<!-- test: output -->\n```text\nb\n```",
            "<!-- test: output -->\n```text\nb\n```",
            "<!-- test: dry -->\n```sh\nmake no-such-target\n```",
            "<!-- test: dry -->\n```sh\nrm x\n```",
            "<!-- test: start -->\n```sh\necho\n```",
            "<!-- test: same Makefile -->\n```sh\nmake\n```",
            "<!-- test: server -->\n```sh\ncurl -sf 127.0.0.1:8080/no/such/path\n```",
            "```swift\nimport Sluice\nlet a: Limiter = 1\n```",
            "```yaml\npolicies: {a: {rulez: []}}\n```",
            "```json\n{\"a\": }\n```",
            "```python\nraise ValueError()\n```",
            "```cobol\n```",
        ])
    func wrongOnes(_ text: String) async throws {
        let run = try DocumentRun(MarkdownDocument(path: "wrong.md", text: text))
        var failures = 0
        for block in run.document.blocks {
            do { try await run.run(block) } catch { failures += 1 }
        }
        try await run.finish()
        #expect(failures == 1)
    }

    @Test("allow for time in what a command prints")
    func allowForTime() {
        let expected = ExpectedOutput("a: 12 b: 1.95\n…\nx … z 1998\n")
        #expect(expected.matches("a:  12 b: 1.99\n\none\ntwo\nx y y z 2000\n"))
        #expect(expected.matches("a: 12 b: 2.0\nx  z 1900\n") == false)
        #expect(expected.matches("a: 13 b: 1.95\nx y z 1998") == false)
        #expect(expected.matches("a: 12 b: 1.95\nx y z 198") == false)
        #expect(expected.matches("a: 12 b: 1.95\nx y z 1998\nmore") == false)
        #expect(expected.matches("a: 12") == false)
    }
}
