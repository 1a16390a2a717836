import Benchmark
import Sluice

/// The benchmarks that `swift package benchmark` finds.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput], timeUnits: .nanoseconds, warmupIterations: 5, scalingFactor: .kilo,
        maxDuration: .seconds(1), maxIterations: 100_000)
    byStringKey()
    byAlgorithm()
    byDescriptor()
    byThrottle()
}

/// So high that nobody is denied, so long that nobody is forgotten.
private let most = (count: Int64(1_000_000_000), period: Duration.hours(10_000))

/// Names in random order, over and over.
private struct Callers {
    private let names: [String]
    private var next = 0

    init(_ count: Int) { names = (0..<count).map { "user:\($0)" }.shuffled() }

    mutating func name() -> String {
        next = next + 1 < names.count ? next + 1 : 0
        return names[next]
    }

    func forEach(_ body: (String) throws -> Void) rethrows { try names.forEach(body) }
}

/// Measures decisions of one policy by one value.
private func measure(_ title: String, callers count: Int, _ rules: [Rule]) {
    Benchmark(title) { benchmark in
        let policy = try Limiter { Policy("policy") { rules } }.policy("policy")
        var callers = Callers(count)
        try callers.forEach { _ = try policy.decide($0) }
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try policy.decide(callers.name())) }
        benchmark.stopMeasurement()
    }
}

private func byStringKey() {
    let bucket = Limit.tokenBucket(most.count, per: most.period)
    let four = (1...4).map { Rule("rule \($0)", by: .user, bucket) }
    measure("one rule, 10 k keys", callers: 10_000, [four[0]])
    measure("one rule, 1 M keys", callers: 1_000_000, [four[0]])
    measure("four rules, 10 k keys", callers: 10_000, four)
    measure("four rules, 1 M keys", callers: 1_000_000, four)
}

private func byAlgorithm() {
    let limits: [(String, Limit)] = [
        ("token-bucket", .tokenBucket(most.count, per: most.period)),
        ("token-bucket, denied", .tokenBucket(1, per: most.period)),
        ("sliding-log", .slidingLog(100_000, per: .hours(1))),
        ("sliding-log, full", .slidingLog(20, per: .hours(1))),
        ("sliding-window", .slidingWindow(most.count, per: .hours(1))),
        ("fixed-window", .fixedWindow(most.count, per: .hours(1))),
        ("quota", .quota(most.count, per: .day, in: "Europe/Berlin")),
        ("cooldown", .cooldown(.nanoseconds(1))),
        ("debounce", .debounce(.nanoseconds(1))),
    ]
    for (name, limit) in limits { measure("\(name), 10 k keys", callers: 10_000, [Rule("rule", by: .user, limit)]) }
    Benchmark("concurrency, acquire and release") { benchmark in
        let limiter = try Limiter { Policy("policy") { Rule("busy", by: .user, .concurrency(7)) } }
        let request: Descriptor = [.user: "42"]
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            guard let lease = try limiter.acquire("policy", request).lease else { fatalError("no slot is free") }
            blackHole(limiter.release(lease))
        }
        benchmark.stopMeasurement()
    }
}

private func byDescriptor() {
    let bucket = Limit.tokenBucket(most.count, per: most.period)
    let rules = [
        Rule("user", by: .user, bucket), Rule("chat", by: .chat, bucket), Rule("both", by: .user, .chat, bucket),
    ]
    Benchmark("descriptor of two, three rules, by handle") { benchmark in
        let policy = try Limiter { Policy("policy") { rules } }.policy("policy")
        let request: Descriptor = [.user: "42", .chat: "-100"]
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try policy.decide(request)) }
        benchmark.stopMeasurement()
    }
    Benchmark("descriptor literal, by policy name") { benchmark in
        let limiter = try Limiter { Policy("policy") { rules } }
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            blackHole(try limiter.decide("policy", [.user: "42", .chat: "-100"]))
        }
        benchmark.stopMeasurement()
    }
}

/// What the server does for `CL.THROTTLE`, without the network.
private func byThrottle() {
    Benchmark("throttle, 10 k keys") { benchmark in
        let limiter = try Limiter {}
        var callers = Callers(10_000)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            var name = callers.name()
            let reply = name.withUTF8 {
                limiter.throttle(
                    key: UnsafeRawBufferPointer($0), maxBurst: 1_000_000_000, count: 1_000_000_000,
                    periodSeconds: 3_600, quantity: 1, at: limiter.now())
            }
            blackHole(reply)
        }
        benchmark.stopMeasurement()
    }
}
