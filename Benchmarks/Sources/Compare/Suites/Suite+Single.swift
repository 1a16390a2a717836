import Sluice
import Synchronization

extension Suite {
    /// One decision by a string key against an update of a dictionary under a mutex.
    static let single = Suite(name: "single", title: "one decision in process by a string key, random order") {
        rounds in
        var findings: [Finding] = []
        for scene in Scene.all {
            let race = try DictionaryRace(scene)
            for threads in [1, 2] {
                let samples = try Samples.inTurn(
                    rounds, { race.limiter(threads: threads) }, { race.dictionary(threads: threads) },
                    { race.clock(threads: threads) })
                let most = scene.reach.map { Reach.ratioAndFigure(0.33, threads == 1 ? $0 : $0 * 1.3) }
                findings.append(
                    Finding(
                        scene.title + (threads == 1 ? ", 1 thread" : ", 2 threads"), "ns", samples[0],
                        against: "[String: Int64] in a Mutex", samples[1], reach: most,
                        measuredEarlier: scene.governor?[threads - 1]))
                findings.append(Finding("  of which the clock and the loop", "ns", samples[2]))
            }
        }
        return findings
    }
}

/// How many keys of which length.
private struct Scene {
    var keys: Int
    var prefix: String
    /// Nanoseconds on one thread, and 1.3 times as many on two.
    var reach: Double?
    /// Measured on the machine of docs/performance.md, on one and two threads.
    var governor: [String]?

    var title: String { "\(keys) keys of \((prefix + "123456").utf8.count) bytes" }

    static let all = [
        Scene(keys: 10_000, prefix: "key:", reach: 75, governor: ["governor 80-94", "governor 112-119"]),
        Scene(keys: 1_000_000, prefix: "key:", reach: 220, governor: ["governor 680-870", "governor 720-1065"]),
        // As long as a UUID: too long for Swift to keep in place.
        Scene(keys: 10_000, prefix: "f81d4fae-7dec-11d0-a765-00a0c9"),
        Scene(keys: 1_000_000, prefix: "f81d4fae-7dec-11d0-a765-00a0c9"),
    ]
}

/// A limiter and a dictionary that know the same keys.
private final class DictionaryRace: Sendable {
    private let limiter: Limiter
    private let policy: PolicyHandle
    private let stamps = Mutex<[String: Int64]>([:])
    private let source = TimeSource.system
    /// An order of its own for each thread.
    private let orders: [[String]]
    private let passes: Int

    init(_ scene: Scene) throws {
        limiter = try Limiter {
            Policy("api") { Rule("calls", by: .user, .tokenBucket(generous.count, per: generous.period)) }
        }
        policy = try limiter.policy("api")
        let names = (0..<scene.keys).map { number in
            let digits = String(number)
            return scene.prefix + String(repeating: "0", count: 6 - digits.utf8.count) + digits
        }
        orders = [names.shuffled(), names.shuffled()]
        passes = max(1, 2_000_000 / scene.keys)
        for name in names {
            _ = try policy.decide(name)
            stamps.withLock { $0[name] = 0 }
        }
    }

    func limiter(threads: Int) -> Double {
        time(threads) { key in (try? policy.decide(key).isAllowed) == true }
    }

    func dictionary(threads: Int) -> Double {
        time(threads) { key in
            let now = source.now().nanoseconds
            stamps.withLock { $0[key] = now }
            return true
        }
    }

    /// What both have in common.
    func clock(threads: Int) -> Double {
        time(threads) { key in source.now().nanoseconds != 0 && key.utf8.count != 0 }
    }

    @inline(__always)
    private func time(_ threads: Int, _ call: @Sendable (String) -> Bool) -> Double {
        Chunks.nanosecondsPerCall(threads: threads, passes: passes, of: orders[0].count) { thread, chunk in
            var allowed = 0
            for key in orders[thread][chunk] where call(key) { allowed += 1 }
            return allowed
        }
    }
}
