import Sluice
import SluicePolicies
import Testing

@Suite("docs/policy-file.md")
struct PolicyDocumentationTests {
    private struct Block {
        var line: Int
        var text: String
    }

    private func blocks() throws -> [Block] {
        var blocks: [Block] = []
        var open: Block?
        for (index, line) in try Checkout.text("docs/policy-file.md").split(
            separator: "\n", omittingEmptySubsequences: false
        ).enumerated() {
            switch (line, open) {
            case ("```yaml", nil): open = Block(line: index + 2, text: "")
            case ("```", let block?):
                blocks.append(block)
                open = nil
            case (_, var block?):
                block.text += line + "\n"
                open = block
            default: break
            }
        }
        return blocks
    }

    @Test("has an example of each algorithm, and all of its examples are policy files")
    func examples() throws {
        let blocks = try blocks()
        #expect(blocks.count >= 12)
        for block in blocks {
            #expect(block.text.hasPrefix("policies:\n"), "line \(block.line)")
            #expect(throws: Never.self, "line \(block.line)") {
                try PolicyFile(yaml: block.text, name: "docs/policy-file.md:\(block.line)")
            }
        }
        let limits = try blocks.flatMap { try PolicyFile(yaml: $0.text).policies }.flatMap(\.rules).map(\.limit)
        let algorithms = Set(limits.map(\.algorithm.rawValue))
        #expect(
            algorithms == [
                "token-bucket", "sliding-log", "sliding-window", "fixed-window", "quota", "cooldown", "debounce",
                "concurrency", "unlimited",
            ])
    }

    @Test(
        "describes every key",
        arguments: [
            "rules", "mode", "on-store-failure", "strict", "partition", "allow", "deny", "name", "by", "limit",
            "algorithm", "burst", "timezone", "debounce", "extend", "cooldown", "concurrency", "lease", "unlimited",
            "when", "overrides", "replaces", "penalty", "cost", "ban", "shrink", "hold", "after", "within", "max",
            "recover", "borrow",
        ])
    func keys(_ key: String) throws {
        #expect(try Checkout.text("docs/policy-file.md").contains("| `\(key)` |"))
    }
}
