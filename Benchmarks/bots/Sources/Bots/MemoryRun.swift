import Sluice
import SluiceBots

/// One update after the other, decided in memory. Rounds with and without a policy of the handler's own take turns.
struct MemoryRun {
    struct Outcome: Encodable {
        /// For each update: the median of chunks of a hundred, so that one in
        /// which the machine served somebody else changes nothing.
        var microseconds: Double
        /// The same where the handler has a policy of its own besides, decided in the same step.
        var microsecondsWithOwnPolicy: Double
        var updates: Int
        var rounds: Int
    }

    private static let rounds = 7
    private static let chunk = 100
    private let updates: [BotUpdate]

    init(_ options: Options) {
        updates = Scene.updates(options.updates ?? 100_000)
    }

    func run() async throws -> Outcome {
        // The first round is for what is loaded and compiled once.
        _ = try await round(hasOwnPolicy: true)
        var (with, without): ([Double], [Double]) = ([], [])
        for _ in 0..<Self.rounds {
            with += try await round(hasOwnPolicy: true)
            without += try await round(hasOwnPolicy: false)
        }
        return Outcome(
            microseconds: without.sorted()[without.count / 2],
            microsecondsWithOwnPolicy: with.sorted()[with.count / 2], updates: updates.count,
            rounds: Self.rounds)
    }

    /// What an update took in each chunk: of five, the first makes its user's cells.
    private func round(hasOwnPolicy: Bool) async throws -> [Double] {
        let bot = try Scene.bot(try Limiter(Scene.policies), hasOwnPolicy: hasOwnPolicy)
        var chunks: [Double] = []
        for start in stride(from: 0, to: updates.count, by: Self.chunk) {
            let end = min(start + Self.chunk, updates.count)
            let began = ContinuousClock.now
            for place in start..<end {
                guard await bot.handle(updates[place]).isHandled else { throw Scene.Denied() }
            }
            chunks.append((ContinuousClock.now - began) / .microseconds(1) / Double(end - start))
        }
        return chunks
    }
}
