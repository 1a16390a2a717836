import Foundation
import SluicePolicies
import SluiceTesting
import Testing

@Suite("Any bytes at all")
struct PolicyFileFuzzTests {
    private static let seed = ProcessInfo.processInfo.environment["SLUICE_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
    private static let rounds = ProcessInfo.processInfo.environment["SLUICE_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 60

    @Test(
        "are policies or an error that tells where",
        arguments: try Checkout.files(in: "Tests/SluicePoliciesTests/Corpus"))
    func mutated(_ path: String) throws {
        let original = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        var mutator = ByteMutator(seed: Self.seed &+ UInt64(original.count))
        let folder = try ScratchFolder()
        try check(original, in: folder)
        for round in 0..<Self.rounds {
            let bytes = mutator.mutated(original)
            do {
                try check(bytes, in: folder)
            } catch {
                Issue.record("seed \(Self.seed), round \(round): \(error)\n\(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    private func check(_ bytes: [UInt8], in folder: ScratchFolder) throws {
        let path = try folder.write(bytes)
        switch Result(catching: { () throws(PolicyFileError) in try PolicyFile(contentsOf: path) }) {
        case .success(let file):
            #expect(try PolicyFile(yaml: PolicyFile.render(file.policies)).policies == file.policies)
        case .failure(let error): try check(error, of: bytes)
        }
    }

    private func check(_ error: PolicyFileError, of bytes: [UInt8]) throws {
        // No fewer than the lines by YAML's rules: each of these bytes may end one.
        let breaks = bytes.filter { [0x0a, 0x0d, 0x85, 0xa8, 0xa9].contains($0) }.count
        #expect(!error.diagnostics.isEmpty)
        for diagnostic in error.diagnostics {
            let line = try #require(diagnostic.line)
            let column = try #require(diagnostic.column)
            #expect((1...breaks + 1).contains(line))
            #expect((1...bytes.count + 1).contains(column))
            #expect(!diagnostic.message.isEmpty)
        }
    }
}

/// Changes bytes as careless editors and malicious senders do.
struct ByteMutator {
    private var random: SplitMix64

    /// What YAML and policy files give a meaning to.
    private static let words = [
        "*a", "&a ", "? ", "- ", ": ", "{", "}", "[", "]", "\"", "'", "|\n", ">\n", "#", "!!str ", "<<: *a\n", "---\n",
        "\t", "\r\n", "\u{2028}", "\u{feff}", "\0", "\\x", "\\uD800", "%YAML 1.2\n", "99999999999999999999", "-1", "0",
        "limit: 5 per 10s, ", "overrides: ", "unlimited", "when: {}", "null", "\u{e000}", "*", "algorithm: quota, ",
    ].map { Array($0.utf8) }

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func mutated(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0..<random.number(in: 1...6) {
            let place = Int(random.number(in: 0...Int64(bytes.count)))
            let end = min(bytes.count, place + Int(random.number(in: 1...20)))
            switch random.number(in: 0...5) {
            case 0: bytes.insert(contentsOf: random.pick(Self.words), at: place)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 3 where place < bytes.count: bytes[place] = UInt8(random.number(in: 0...255))
            case 4 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.number(in: 0...7))
            case 5: bytes.insert(contentsOf: Array(repeating: random.pick(Array("[{-? &*".utf8)), count: 40), at: place)
            default: bytes.append(contentsOf: random.pick(Self.words))
            }
        }
        return bytes
    }
}
