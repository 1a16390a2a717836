import RESP
import Testing

@Suite("Hash slots")
struct HashSlotTests {
    /// What `CLUSTER KEYSLOT` of Redis 7.0.15 answers.
    static let references: [(String, Int)] = [
        ("", 0), ("foo", 12_182), ("bar", 5_061), ("123456789", 0x31c3), ("somekey", 11_058), ("foo{hash_tag}", 2_515),
        ("{user1000}.following", 3_443), ("foo{}{bar}", 8_363), ("foo{{bar}}zap", 4_015), ("foo{bar}{zap}", 5_061),
        ("{}", 15_257), ("{", 4_092), ("}", 12_090), ("a}b{c}", 7_365), ("{a", 10_276), ("sluice:{5f}:be1a", 13_824),
        ("\u{e4}\u{f6}\u{fc}", 4_805),
    ]

    @Test("are those of Redis", arguments: references)
    func reference(key: String, slot: Int) {
        #expect(HashSlot(key: key) == HashSlot(slot))
        #expect(Array(key.utf8).withUnsafeBytes { HashSlot(key: $0) } == HashSlot(slot))
    }

    @Test("are shared by keys with one tag, whatever surrounds it")
    func tag() {
        #expect(HashSlot(key: "sluice:{5f}:be1a") == HashSlot(key: "5f"))
        #expect(HashSlot(key: "a{5f}b{6f}") == HashSlot(key: "{5f}"))
        #expect(HashSlot(key: "{}5f") != HashSlot(key: "5f"))
    }

    @Test("number 16,384 and no more")
    func bounds() {
        #expect(HashSlot(0) != nil && HashSlot(16_383) != nil)
        #expect(HashSlot(-1) == nil && HashSlot(16_384) == nil)
        var random = SeededGenerator(seed: SeededGenerator.freshSeed("slots"))
        for _ in 0..<1_000 {
            #expect(Int(HashSlot(key: "\(random.next())").rawValue) < HashSlot.count)
        }
    }

    @Test("say their number")
    func description() throws { #expect(try #require(HashSlot(77)).description == "77") }
}
