import Sluice

extension Suite {
    /// Decisions that somebody looks on to, as a server's dashboard does, against the same without.
    static let watching = Suite(name: "watching", title: "decisions while those denied most are kept") { rounds in
        var findings: [Finding] = []
        let scenes = [
            ("allowed, 10,000 callers", 10_000, generous.count), ("denied, 10 callers", 10, 1),
            ("denied, 10,000 callers", 10_000, 1), ("denied, 100,000 callers", 100_000, 1),
        ]
        for (title, callers, count) in scenes {
            let race = try WatchingRace(callers: callers, count: count)
            let samples = try Samples.inTurn(rounds, race.watched, race.unwatched)
            findings.append(
                Finding(title, "ns", samples[0], against: "nobody looks on", samples[1], reach: .ratio(1.053)))
        }
        return findings
    }
}

/// The same policy twice, of which one is watched.
private struct WatchingRace {
    private let seen: PolicyHandle
    private let unseen: PolicyHandle
    private let order: [String]
    private let passes: Int

    init(callers: Int, count: Int64) throws {
        let policy = Policy("api") { Rule("calls", by: .user, .tokenBucket(count, per: generous.period)) }
        let watched = try Limiter([policy])
        watched.store.watch.keepDenials(namingCallers: false)
        seen = try watched.policy("api")
        unseen = try Limiter([policy]).policy("api")
        order = (0..<callers).map { "key:\($0)" }.shuffled()
        passes = max(1, 2_000_000 / callers)
        for key in order { _ = try (seen.decide(key), unseen.decide(key)) }
    }

    func watched() throws -> Double { try time(seen) }
    func unwatched() throws -> Double { try time(unseen) }

    private func time(_ policy: PolicyHandle) throws -> Double {
        try Chunks.nanosecondsPerCall(passes: passes, of: order.count) { chunk in
            var decided = 0
            for key in order[chunk] where try policy.decide(key).remaining >= 0 { decided += 1 }
            return decided
        }
    }
}
