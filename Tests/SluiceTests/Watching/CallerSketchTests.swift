import SluiceTesting
import Testing

@testable import Sluice

@Suite("Those who are denied most")
struct CallerSketchTests {
    private static func counter() throws -> RuleCounter { try CounterRegistry().counter(policy: "p", rule: "r") }

    private static func key(_ caller: Int, _ shard: UInt64 = 0) -> CellKey {
        CellKey(high: UInt64(caller + 1) << 8, low: shard << 58 | UInt64(caller))
    }

    @Test("are never told too low, nor too high by more than their error", arguments: 1...10)
    func bounds(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let registry = try CounterRegistry()
        let counter = registry.counter(policy: "p", rule: "r")
        let sketch = CallerSketch(floodBegin: .max)
        var exact: [Int: UInt64] = [:]
        let callers = random.number(in: 5...200)
        for _ in 0..<5_000 {
            // Some callers come much more often than others.
            let caller = Int(random.number(in: 0...callers) * random.number(in: 0...callers) / callers)
            exact[caller, default: 0] += 1
            sketch.note(Self.key(caller), counter, at: 1) { "c\(caller)" }
        }
        let (told, total) = sketch.mostDenied(at: 2)
        #expect(total == 5_000)
        #expect(told.count <= CallerSketch.places)
        for caller in told {
            let number = try #require(Int(caller.name.dropFirst()))
            let truth = exact[number] ?? 0
            #expect(caller.denied >= truth && caller.denied - caller.error <= truth, "seed \(seed), \(caller.name)")
            #expect(caller.error <= 5_000 / UInt64(CallerSketch.places))
        }
        // Whoever has more than his part of all denials is told.
        for (caller, count) in exact where count > 5_000 / UInt64(CallerSketch.places) {
            #expect(told.contains { $0.name == "c\(caller)" }, "seed \(seed)")
        }
        #expect(told.map(\.denied) == told.map(\.denied).sorted(by: >))
    }

    @Test("are estimated in a flood, by one denial in 32, and counted again after it", arguments: 1...10)
    func flood(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let counter = try Self.counter()
        let sketch = CallerSketch()
        var exact: [String: UInt64] = [:]
        var (now, seen): (Int64, UInt64) = (1, 0)
        for _ in 0..<400_000 {
            now += random.number(in: 200...1_000)
            // Eight callers, each of whom comes twice as often as the next.
            let caller = random.next().leadingZeroBitCount
            guard caller < 8 else { continue }
            exact["c\(caller)", default: 0] += 1
            guard !sketch.passesOver(now) else { continue }
            seen += 1
            sketch.note(Self.key(caller), counter, at: now) { "c\(caller)" }
        }
        let told = sketch.mostDenied(at: now)
        for caller in told.callers {
            let truth = Double(try #require(exact[caller.name]))
            // Five deviations rather than two: of 80 callers none is further off.
            #expect(abs(Double(caller.denied) - truth) <= 30 * truth.squareRoot() + 32, "seed \(seed) \(caller.name)")
        }
        #expect(Set(told.callers.map(\.name)) == Set(exact.keys))
        #expect(seen < 20_000, "seed \(seed): it looks at few")
        // The next span begins exactly.
        now += CallerSketch.span
        #expect(!sketch.passesOver(now) && !sketch.passesOver(now + 16))
        sketch.note(Self.key(9), counter, at: now + 16) { "c9" }
        #expect(sketch.mostDenied(at: now + 17).callers.contains { $0.name == "c9" && $0.denied == 1 })
    }

    @Test("are those of the last five to ten minutes")
    func window() throws {
        let registry = try CounterRegistry()
        let counter = registry.counter(policy: "p", rule: "r")
        let sketch = CallerSketch()
        let minute: Int64 = 60_000_000_000
        for _ in 0..<3 { sketch.note(Self.key(1), counter, at: minute) { "a" } }
        sketch.note(Self.key(2), counter, at: 4 * minute) { "b" }
        #expect(sketch.mostDenied(at: 5 * minute).callers.map(\.denied) == [3, 1])
        sketch.note(Self.key(2), counter, at: 7 * minute) { "b" }
        #expect(sketch.mostDenied(at: 7 * minute).callers.map(\.name) == ["a", "b"])
        #expect(sketch.mostDenied(at: 7 * minute).callers.map(\.denied) == [3, 2])
        #expect(sketch.mostDenied(at: 13 * minute).callers.map(\.denied) == [1])
        #expect(sketch.mostDenied(at: 40 * minute).callers.isEmpty)
    }
}
