import Sluice
import SluiceRedis
import SluiceTesting
import Testing

@Suite("Stamps of charges")
struct ChargeStampsTests {
    @Test("miss no charge, and seldom see one that was not there", arguments: 0..<8)
    func model(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let stamps = ChargeStamps()
        let keys = (0..<50).map { _ in CellKey(high: random.next(), low: random.next()) }
        var last: [CellKey: UInt64] = [:]
        var wrong = 0
        for _ in 0..<5_000 {
            let key = random.pick(keys)
            if random.chance(30) {
                stamps.charged(key)
                last[key] = stamps.sequence
            }
            let since = UInt64(random.number(in: 0...Int64(stamps.sequence)))
            let asked = random.pick(keys)
            let isCharged = last[asked] ?? 0 > since
            let says = stamps.isCharged(asked, since: since)
            #expect(says || !isCharged, "seed \(seed): a charge was missed")
            if says, !isCharged { wrong += 1 }
        }
        #expect(wrong < 1_000, "seed \(seed)")
    }

    @Test("tell the rules of one caller apart")
    func rulesOfACaller() {
        let stamps = ChargeStamps()
        let keys = (0..<64 as Range<UInt64>).map { CellKey(high: 7 << 40 | $0 << 2, low: 99) }
        stamps.charged(keys[5])
        #expect(keys.filter { stamps.isCharged($0, since: 0) } == [keys[5]])
    }

    @Test("never go back, whichever of two charges at once is written last")
    func threads() async {
        let stamps = ChargeStamps()
        let key = CellKey(high: 1, low: 1)
        let missed = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<20_000).count { _ in
                        let before = stamps.sequence
                        stamps.charged(key)
                        return !stamps.isCharged(key, since: before)
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(missed == 0)
        #expect(stamps.sequence == 80_000)
        #expect(!stamps.isCharged(key, since: 80_000))
    }
}
