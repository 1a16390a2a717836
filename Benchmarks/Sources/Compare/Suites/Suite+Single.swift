import Sluice
import Synchronization

extension Suite {
    /// One decision by a string key against an update of a dictionary under a mutex.
    static let single = Suite(name: "single", title: "one decision in process by a string key, random order") {
        rounds in
        let governor = [
            10_000: ["governor 80-94", "governor 112-119"], 1_000_000: ["governor 680-870", "governor 720-1065"],
        ]
        var findings: [Finding] = []
        for keys in [10_000, 1_000_000] {
            let race = try DictionaryRace(keys: keys)
            for threads in [1, 2] {
                let samples = try Samples.inTurn(
                    rounds, { race.limiter(threads: threads) }, { race.dictionary(threads: threads) },
                    { race.clock(threads: threads) })
                let one = keys == 10_000 ? 75.0 : 220
                findings.append(
                    Finding(
                        "\(keys) keys, \(threads) thread\(threads > 1 ? "s" : "")", "ns", samples[0],
                        against: "[String: Int64] in a Mutex", samples[1],
                        reach: .ratioAndFigure(0.33, threads == 1 ? one : one * 1.3),
                        measuredEarlier: governor[keys]![threads - 1]))
                findings.append(Finding("  of which the clock and the loop", "ns", samples[2]))
            }
        }
        return findings
    }
}

/// A limiter and a dictionary that know the same keys.
private final class DictionaryRace: Sendable {
    private let limiter: Limiter
    private let policy: PolicyHandle
    private let stamps = Mutex<[String: Int64]>([:])
    private let time = TimeSource.system
    /// An order of its own for each thread.
    private let orders: [[String]]
    private let passes: Int

    init(keys: Int) throws {
        limiter = try Limiter {
            Policy("api") { Rule("calls", by: .user, .tokenBucket(generous.count, per: generous.period)) }
        }
        policy = try limiter.policy("api")
        let names = (0..<keys).map { "key:\($0)" }
        orders = [names.shuffled(), names.shuffled()]
        passes = max(1, 2_000_000 / keys)
        for name in names {
            _ = try policy.decide(name)
            stamps.withLock { $0[name] = 0 }
        }
    }

    func limiter(threads: Int) -> Double {
        Threads.nanosecondsPerCall(threads, calls: passes * orders[0].count) { thread in
            var allowed = 0
            for _ in 0..<passes {
                for key in orders[thread] where (try? policy.decide(key).isAllowed) == true { allowed += 1 }
            }
            precondition(allowed == passes * orders[thread].count, "a decision was denied")
        }
    }

    func dictionary(threads: Int) -> Double {
        Threads.nanosecondsPerCall(threads, calls: passes * orders[0].count) { thread in
            for _ in 0..<passes {
                for key in orders[thread] {
                    let now = time.now().nanoseconds
                    stamps.withLock { $0[key] = now }
                }
            }
        }
    }

    /// What both have in common.
    func clock(threads: Int) -> Double {
        Threads.nanosecondsPerCall(threads, calls: passes * orders[0].count) { thread in
            var sum: Int64 = 0
            for _ in 0..<passes {
                for key in orders[thread] { sum &+= time.now().nanoseconds &+ Int64(key.utf8.count) }
            }
            precondition(sum != 0)
        }
    }
}
