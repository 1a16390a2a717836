import Sluice

extension BenchSuite {
    /// The Twitch bot's four streams: a cooldown and an hour's messages for each viewer.
    static let cooldowns = BenchSuite(
        "cooldowns", "a Twitch bot's 100 to 50,000 viewers, with its pass marks"
    ) { context in
        let scenes: [(users: Int, title: String, published: Double, marks: [Double])] = [
            (100, "100, a usual stream", 32e3, [1e6, 1e3, 10e6]),
            (1_000, "1,000, a raid", 316e3, [5e6, 10e3, 50e6]),
            (10_000, "10,000, viral", 3.2e6, [20e6, 100e3, 500e6]),
            (50_000, "50,000, an event", 16e6, [50e6, 1e6, 2e9]),
        ]
        var table = BenchTable(
            "a cooldown, 20 messages an hour and two endpoints' breakers for each viewer", "viewers",
            columns: ["memory", "look-up", "longest of 10,000, but 100", "clean-up"], source: "the Twitch bot's plan",
            notes: [
                "memory is what cells and logs take, full: every viewer has sent 20 messages within the hour",
                "a look-up is the median of rounds of 10,000 at random, by their mean and by their 99th percentile",
            ])
        for (index, scene) in scenes.enumerated() {
            context.progress(scene.title, Double(index) / Double(scenes.count))
            var (memory, mean, tail, sweep) = (Rounds(), Rounds(), Rounds(), Rounds())
            for _ in 0..<context.rounds {
                let stream = try Stream(viewers: context.scaled(scene.users))
                memory.add(Double(stream.bytes))
                let looked = try stream.look(context.scaled(10_000))
                mean.add(looked.mean)
                tail.add(looked.tail)
                sweep.add(try stream.clean())
            }
            table.add(
                scene.title,
                [
                    Figure(memory, .bytes, published: scene.published, bound: scene.marks[0]),
                    Figure(mean, .nanoseconds, bound: scene.marks[1]), Figure(tail, .nanoseconds),
                    Figure(sweep, .nanoseconds, bound: scene.marks[2]),
                ])
        }
        return [table]
    }
}

/// A chat in which every viewer has used his hour.
private struct Stream {
    private static let begin = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
    private let limiter: Limiter
    private let policy: PolicyHandle
    private let breakers: [CircuitBreaker]
    private let names: [Descriptor]
    private let end: Timestamp

    init(viewers: Int) throws {
        let begin = Self.begin
        limiter = try Limiter(
            [
                Policy("chat") {
                    Rule("pause", by: .user, .cooldown(.seconds(10)))
                    Rule("hourly", by: .user, .slidingLog(20, per: .hours(1)))
                }
            ])
        policy = try limiter.policy("chat")
        breakers = ["http://localhost:1234", "https://api.example.org"].map { CircuitBreaker($0) }
        names = (0..<viewers).map { Descriptor.user("user_\($0)") }
        for message in 0..<20 {
            let now = begin + .seconds(message * 170)
            for name in names {
                guard try policy.decide(name, at: now).isAllowed else {
                    throw BenchError("a viewer was denied who should have passed; please report this")
                }
            }
        }
        end = begin + .seconds(20 * 170)
    }

    /// What cells and logs take.
    var bytes: Int { limiter.store.bytes }

    /// How long look-ups of random viewers take, in nanoseconds.
    func look(_ count: Int) throws -> (mean: Double, tail: Double) {
        var latencies = Latencies()
        var random = SystemRandomNumberGenerator()
        let chosen = (0..<count).map { _ in names[Int(random.next(upperBound: UInt(names.count)))] }
        let start = ContinuousClock.now
        for name in chosen { _ = try policy.decide(name, cost: 0, at: end) }
        let mean = (ContinuousClock.now - start) / .nanoseconds(1) / Double(count)
        for name in chosen {
            let start = ContinuousClock.now
            _ = try policy.decide(name, cost: 0, at: end)
            latencies.record(nanoseconds: Int64((ContinuousClock.now - start) / .nanoseconds(1)))
        }
        return (mean, latencies.percentile(99) ?? .nan)
    }

    /// How long it takes to free everybody who has been idle for an hour, in nanoseconds.
    func clean() throws -> Double {
        let start = ContinuousClock.now
        // A sweep may step over cells that it has itself moved; the next one finds them.
        for _ in 0..<8 where limiter.store.count > 0 { limiter.store.sweep(budget: .max, at: end + .hours(2)) }
        let spent = (ContinuousClock.now - start) / .nanoseconds(1)
        guard limiter.store.count == 0 else {
            throw BenchError("\(limiter.store.count) cells were not freed; please report this")
        }
        return spent
    }
}
