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
        let sketch = CallerSketch()
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
