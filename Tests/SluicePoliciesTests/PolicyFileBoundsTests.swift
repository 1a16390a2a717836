import Foundation
import Sluice
import SluicePolicies
import Testing

@Suite("The bounds of a policy file")
struct PolicyFileBoundsTests {
    @Test("hold for aliases of aliases, also as keys, which would describe more values than fit in any memory")
    func bombs() throws {
        let levels = (1...40).map { "  l\($0): &l\($0) [*l\($0 - 1), *l\($0 - 1)]\n" }.joined()
        for use in ["  x: *l40\n", "  ? *l40\n  : x\n", "  ? [*l40, *l40]\n  : x\n  ? [*l40, a]\n  : y\n"] {
            let error = try failure("policies:\n  l0: &l0 [a]\n" + levels + use)
            #expect(error.diagnostics.count == 1)
            #expect(
                error.description.contains("the file describes more than 200000 values")
                    || error.description.contains("values nest deeper than 32 levels"))
        }
        let wide = (1...12).map { level in
            let uses = Array(repeating: "*w\(level - 1)", count: 9).joined(separator: ",")
            return "  w\(level): &w\(level) [\(uses)]\n"
        }
        let error = try failure("policies:\n  w0: &w0 [a]\n" + wide.joined())
        #expect(error.description.contains("the file describes more than 200000 values, aliases resolved"))
    }

    @Test("hold for depth, in every notation", arguments: [40, 900, 5_000, 200_000])
    func depth(_ depth: Int) throws {
        let texts = [
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth),
            String(repeating: "{a: ", count: depth) + String(repeating: "}", count: depth),
            String(repeating: "- ", count: depth) + "a", String(repeating: "? ", count: depth) + "a",
            String(repeating: "[", count: depth),
        ]
        for text in texts {
            let error = try failure(text)
            #expect(error.diagnostics.count == 1, "\(error.diagnostics.first?.fullMessage ?? "")")
        }
    }

    @Test("hold on a small stack, such as threads have elsewhere")
    func smallStack() async throws {
        let text = String(repeating: "[", count: 990) + String(repeating: "]", count: 990)
        let message = await withCheckedContinuation { continuation in
            let thread = Thread {
                do {
                    _ = try PolicyFile(yaml: text)
                    continuation.resume(returning: "")
                } catch {
                    continuation.resume(returning: "\(error)")
                }
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
        #expect(message.contains("deeper than 32 levels"))
    }

    @Test("an alias cannot contain itself")
    func selfReference() throws {
        #expect(try failure("policies: &p {a: *p}").description.contains("text that begins with '*' needs quotes"))
    }

    @Test("as many errors are shown as have a limit, and the rest counted")
    func manyErrors() throws {
        let rules = (0..<64).map { "{name: r\($0), bay: [], cooldown: 0s}" }.joined(separator: ", ")
        let error = try failure("policies: {p: {rules: [\(rules)]}}")
        #expect(error.diagnostics.count == PolicyFile.maximumDiagnostics)
        #expect(error.omitted == 64 * 3 - PolicyFile.maximumDiagnostics)
        #expect(error.description.hasSuffix("92 more errors are not shown"))
    }

    @Test("a policy has at most 64 rules")
    func manyRules() throws {
        func file(_ count: Int) -> String {
            let rules = (0..<count).map { "{name: r\($0), by: [], cooldown: 1s}" }.joined(separator: ", ")
            return "policies: {p: {rules: [\(rules)]}}"
        }
        #expect(try PolicyFile(yaml: file(64)).policies[0].rules.count == 64)
        let error = try failure(file(65))
        #expect(error.diagnostics.first?.fullMessage == "policy 'p' has 65 rules; the most is 64")
    }

    @Test("a file is not too large, and there, and readable, and a file")
    func reading() throws {
        let folder = try ScratchFolder()
        let good = Array("policies: {p: {rules: [{name: r, by: [], cooldown: 1s}]}}\n".utf8)
        let full = try folder.write(good + [UInt8](repeating: 0x23, count: PolicyFile.maximumBytes - good.count))
        #expect(try PolicyFile(contentsOf: full).name == full)
        let large = try folder.write(good + [UInt8](repeating: 0x23, count: PolicyFile.maximumBytes - good.count + 1))
        let expected = [
            (large, "the file is larger than 1048576 bytes, the most that a policy file may have"),
            (folder.path + "/absent.yaml", "cannot read the policy file: no such file"),
            (folder.path, "cannot read the policy file: it is a directory"),
        ]
        for (path, message) in expected {
            let error = try #require(throws: PolicyFileError.self) { try PolicyFile(contentsOf: path) }
            #expect(error.code == .unreadable)
            #expect(error.description == "\(path): error: \(message)")
        }
    }

    @Test("what is not UTF-8 is refused where it begins")
    func encoding() throws {
        let folder = try ScratchFolder()
        let path = try folder.write(Array("policies:\n  ä".utf8) + [0xff] + Array(": x".utf8))
        let error = try #require(throws: PolicyFileError.self) { try PolicyFile(contentsOf: path) }
        #expect(error.code == .malformed)
        #expect(error.diagnostics.first?.position == SourcePosition(line: 2, column: 4))
        #expect(error.diagnostics.first?.message == "the file is not valid UTF-8 from here on; save it as UTF-8")
        let wide = try folder.write([0xff, 0xfe, 0x70, 0x00])
        let other = try #require(throws: PolicyFileError.self) { try PolicyFile(contentsOf: wide) }
        #expect(other.diagnostics.first?.message == "the file is in UTF-16; save it as UTF-8")
    }

    @Test("what a text contains does not confuse the reader's own marks")
    func privateUse() throws {
        let name = String(String.UnicodeScalarView((0xe000...0xf000).compactMap { Unicode.Scalar($0) }.prefix(30)))
        let text = "policies: {\"\(name)*\": {rules: [{name: r, by: [], cooldown: 1s, when: {a: \"\(name)*\"}}]}}"
        let file = try PolicyFile(yaml: text)
        #expect(file.policies[0].name == name + "*")
        #expect(file.policies[0].rules[0].condition.terms[0].patterns[0].text == name + "*")
        let all = String(String.UnicodeScalarView((0xe000...0xf8ff).compactMap { Unicode.Scalar($0) }))
        #expect(try failure("# \(all)").description.contains("private use area"))
    }

    private func failure(_ text: String) throws -> PolicyFileError {
        try #require(throws: PolicyFileError.self) { try PolicyFile(yaml: text) }
    }
}
