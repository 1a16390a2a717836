import SluiceTesting
import Testing

@testable import Sluice

@Suite("The ring of a sliding log")
struct LogRingTests {
    /// One window for each width of an entry: 2, 3, 4 and 5 bytes.
    @Test(
        "keeps the times that a list keeps, and gives back its chunks",
        arguments: [Duration.seconds(60), .hours(4), .days(40), .days(400)])
    func model(period: Duration) throws {
        let limit = try CompiledLimit.compile(.slidingLog(500, per: period), called: "test")
        let capacity = 1_000
        let memory = try ReservedMemory(byteCount: capacity * LogSlab.chunkBytes)
        var slab = LogSlab(base: memory.base, capacity: capacity)
        var random = SplitMix64(seed: UInt64(limit.entryBytes))
        var now: Int64 = 1_700_000_000_000_000_000
        var cell = Cell.empty
        var model: [Int64] = []
        for _ in 0..<3_000 {
            now += Int64.random(in: 0...limit.period / 50, using: &random)
            let millisecond = CompiledLimit.milliseconds(now) * CompiledLimit.nanosecondsPerMillisecond
            model.removeAll { $0 + limit.period <= now }
            if Int.random(in: 0..<8, using: &random) == 0, !model.isEmpty {
                let back = Int64.random(in: 1...5, using: &random)
                cell = limit.slidingLogRefund(cell, cost: back, now: now, &slab)
                model.removeLast(min(model.count, Int(back)))
            } else {
                let cost = Int64.random(in: 1...9, using: &random)
                cell = limit.slidingLogCharged(cell, cost: cost, now: now, &slab)
                model += [Int64](repeating: millisecond, count: Int(cost))
            }
            var kept: [Int64] = []
            LogRing(cell, limit).forEach(in: slab) { time in
                kept.append(time)
                return true
            }
            #expect(kept.filter { $0 + limit.period > now } == model)
        }
        limit.free(cell, &slab)
        #expect(slab.inUse == 0)
    }
}
