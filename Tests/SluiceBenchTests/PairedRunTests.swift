import Synchronization
import Testing

@testable import SluiceBench

@Suite("Two programs measured in turn")
struct PairedRunTests {
    /// Tells figures one after the other, and who was asked.
    private final class Script: Sendable {
        private let asked = Mutex<[String]>([])

        var order: [String] { asked.withLock { $0 } }

        /// A program that is asked for its times, by the number of the round and of all calls so far.
        func program(_ name: String, _ time: @escaping @Sendable (_ round: Int, _ call: Int) -> Double)
            -> PairedRun.Measure
        {
            {
                let (round, call) = self.asked.withLock { asked in
                    defer { asked.append(name) }
                    return (asked.count { $0 == name }, asked.count)
                }
                return .example([("one", Figure(Rounds([time(round, call)]), .nanoseconds))])
            }
        }
    }

    private func compare(
        rounds: Int = 8, ours: @escaping @Sendable (Int, Int) -> Double, other: @escaping @Sendable (Int, Int) -> Double
    ) async throws -> BenchComparison {
        let script = Script()
        return try await PairedRun(
            rounds: rounds, ours: script.program("ours", ours), other: script.program("other", other)
        ).compare()
    }

    @Test("come first by turns")
    func order() async throws {
        let script = Script()
        let rounds = Mutex<[Int]>([])
        let run = PairedRun(
            rounds: 3, ours: script.program("ours") { _, _ in 1 }, other: script.program("other") { _, _ in 1 },
            progress: { round in rounds.withLock { $0.append(round) } })
        _ = try await run.compare()
        #expect(script.order == ["ours", "other", "other", "ours", "ours", "other"])
        #expect(rounds.withLock { $0 } == [0, 1, 2])
    }

    @Test("differ by the median of the ratios of neighbours")
    func ratios() async throws {
        // One that takes a quarter more, on a machine that slows down to a fifth meanwhile.
        let comparison = try await compare(
            ours: { round, _ in 125 * (1 + 0.5 * Double(round)) },
            other: { round, _ in 100 * (1 + 0.5 * Double(round)) })
        let line = try #require(comparison.lines.first)
        #expect(line.verdict == .worse && comparison.hasFailed)
        #expect(line.ratio == 1.25 && line.stored == 275 && line.now == 343.75)
        let better = try await compare(ours: { _, _ in 60 }, other: { _, _ in 100 })
        #expect(better.lines.map(\.verdict) == [.better])
    }

    @Test("do not differ where the machine alone does, or no more than by a tenth")
    func drift() async throws {
        // Each call is slower than the one before by a twentieth.
        let drift = try await compare(
            ours: { _, call in 100 + 5 * Double(call) }, other: { _, call in 100 + 5 * Double(call) })
        #expect(drift.lines.map(\.verdict) == [.same])
        let little = try await compare(ours: { _, _ in 109 }, other: { _, _ in 100 })
        #expect(little.lines.map(\.verdict) == [.same])
    }

    @Test("are not told apart where chance does as much, nor by five rounds")
    func chance() async throws {
        // Of eight rounds five are far worse, and three far better.
        let noise = try await compare(ours: { round, _ in round < 5 ? 150 : 50 }, other: { _, _ in 100 })
        #expect(noise.lines.map(\.verdict) == [.unsure] && !noise.hasFailed)
        let few = try await compare(rounds: 5, ours: { _, _ in 200 }, other: { _, _ in 100 })
        #expect(few.lines.map(\.verdict) == [.unsure])
        let enough = try await compare(rounds: PairedRun.fewestRounds, ours: { _, _ in 200 }, other: { _, _ in 100 })
        #expect(enough.lines.map(\.verdict) == [.worse])
    }

    @Test("are compared by figures that both tell in every round")
    func missing() async throws {
        let rounds = Mutex(0)
        let run = PairedRun(
            rounds: 6,
            ours: {
                .example(["both", "mine", "often"].map { ($0, .spread(1)) } + [("none", Figure(Rounds(), .bytes))])
            },
            other: {
                let isLast = rounds.withLock { round in
                    round += 1
                    return round == 6
                }
                let names = ["both", "yours"] + (isLast ? [] : ["often"])
                return .example(names.map { ($0, .spread(1)) } + [("none", Figure(Rounds([1]), .bytes))])
            })
        #expect(try await run.compare().lines.map(\.name.row) == ["both"])
    }

    @Test("are not compared if one cannot be measured")
    func failure() async {
        let run = PairedRun(rounds: 6, ours: { .example(1) }, other: { throw BenchError("gone") })
        await #expect(throws: BenchError.self) { try await run.compare() }
    }
}
