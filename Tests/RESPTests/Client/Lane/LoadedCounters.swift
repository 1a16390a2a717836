import NIOCore
import Synchronization

@testable import RESP

/// Callers that count on keys of their own without end, and what they were told.
final class LoadedCounters: Sendable {
    /// What became of the calls for one key.
    struct Tally: Sendable {
        /// Answered.
        var done = 0
        /// Failed, and nobody knows whether it ran.
        var doubtful = 0
        /// Failed without having run.
        var refused = 0
        /// The last refusal or failure.
        var lastError: RedisError?
        /// The last answer.
        var count: Int64 = 0
    }

    let keys: [String]
    private let client: RedisClient
    private let tallies: Mutex<[String: Tally]>
    private let isOver = Atomic(false)

    init(_ client: RedisClient, keys: [String]) {
        self.client = client
        self.keys = keys
        tallies = Mutex(Dictionary(uniqueKeysWithValues: keys.map { ($0, Tally()) }))
    }

    func tally(_ key: String) -> Tally { tallies.withLock { $0[key] ?? Tally() } }

    var done: Int { tallies.withLock { $0.values.reduce(0) { $0 + $1.done } } }
    var failed: Int { tallies.withLock { $0.values.reduce(0) { $0 + $1.doubtful + $1.refused } } }

    /// Runs a body while each key is counted on by a task of its own.
    func load(timeout: Duration, while body: () async throws -> Void) async throws {
        isOver.store(false, ordering: .relaxed)
        try await withThrowingDiscardingTaskGroup { group in
            for key in keys {
                group.addTask {
                    while !self.isOver.load(ordering: .relaxed) { await self.count(key, timeout) }
                }
            }
            defer { isOver.store(true, ordering: .relaxed) }
            try await body()
        }
    }

    private func count(_ key: String, _ timeout: Duration) async {
        do {
            let count = try await client.execute(Increment(key: key), timeout: timeout)
            tallies.withLock { tallies in
                tallies[key]?.done += 1
                tallies[key]?.count = count
            }
        } catch {
            tallies.withLock { tallies in
                if error.mayHaveRun { tallies[key]?.doubtful += 1 } else { tallies[key]?.refused += 1 }
                tallies[key]?.lastError = error
            }
            // A refusal comes at once: others have to get their turn.
            await Task.yield()
        }
    }
}
