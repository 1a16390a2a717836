import Sluice

extension Suite {
    /// The longest decisions while the table grows and shrinks.
    static let pauses = Suite(
        name: "pauses", title: "each decision timed, 10 M keys from nothing and while they expire"
    ) {
        rounds in
        var (growing, expiring) = (PauseSamples(), PauseSamples())
        for _ in 0..<min(rounds, 3) {
            let growth = try Growth()
            growing.add(try growth.grow())
            expiring.add(try growth.expire())
        }
        return growing.findings("growing") + expiring.findings("expiring")
    }
}

/// Quantiles of several rounds.
private struct PauseSamples {
    private static let shares = [("p50", 0.5), ("p99", 0.99), ("p99.99", 0.9999), ("p99.999", 0.99999), ("max", 1)]
    private var decisions = shares.map { _ in Samples() }
    private var noise = shares.map { _ in Samples() }

    mutating func add(_ round: (decisions: Histogram, noise: Histogram)) {
        for (index, share) in Self.shares.enumerated() {
            decisions[index].values.append(Double(round.decisions.quantile(share.1)) / 1e3)
            noise[index].values.append(Double(round.noise.quantile(share.1)) / 1e3)
        }
    }

    func findings(_ phase: String) -> [Finding] {
        Self.shares.indices.map { index in
            let name = Self.shares[index].0
            return Finding(
                "\(phase), \(name)", "us", decisions[index], against: "the clock alone, as long", noise[index],
                reach: name == "p99.999" ? .figure(1_000) : nil)
        }
    }
}

/// Ten million keys that come, and then expire.
private final class Growth {
    private static let keys = 10_000_000
    /// Decisions, then noise, and so on.
    private static let block = 10_000
    private let policy: PolicyHandle
    private let store: MemoryStore
    private let clock = TimeSource.system
    private var now: Timestamp

    init() throws {
        let limiter = try Limiter {
            Policy("api") { Rule("calls", by: .user, .tokenBucket(1, per: .seconds(1_000))) }
        }
        policy = try limiter.policy("api")
        store = limiter.store
        now = limiter.now()
    }

    func grow() throws -> (decisions: Histogram, noise: Histogram) {
        let result = try time("in", apart: .microseconds(1))
        precondition(store.count == Self.keys, "a cell is missing")
        return result
    }

    /// All ten million expire at once, the worst case; as many others follow, of which one million live at a time.
    func expire() throws -> (decisions: Histogram, noise: Histogram) {
        now = now + .seconds(2_000)
        let result = try time("out", apart: .milliseconds(1))
        precondition(store.count < Self.keys / 4, "\(store.count) cells: what expired was not reclaimed")
        return result
    }

    private func time(_ prefix: String, apart: Duration) throws -> (decisions: Histogram, noise: Histogram) {
        var (decisions, noise) = (Histogram(), Histogram())
        for start in stride(from: 0, to: Self.keys, by: Self.block) {
            var total: Int64 = 0
            for index in start..<start + Self.block {
                let key = "\(prefix):\(index)"
                now = now + apart
                let began = clock.now().nanoseconds
                let decision = try policy.decide(key, at: now)
                let took = clock.now().nanoseconds - began
                precondition(decision.isAllowed, "a first call was denied")
                decisions.record(took)
                total += took
            }
            spin(total / Int64(Self.block), into: &noise)
        }
        return (decisions, noise)
    }

    /// Reads the clock for as long as a decision takes: what the machine adds by itself.
    private func spin(_ duration: Int64, into noise: inout Histogram) {
        for _ in 0..<Self.block {
            let began = clock.now().nanoseconds
            var end = began
            repeat { end = clock.now().nanoseconds } while end - began < duration
            noise.record(end - began)
        }
    }
}
