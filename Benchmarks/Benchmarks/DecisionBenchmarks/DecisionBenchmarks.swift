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
private let most = (count: Int64(100_000_000), period: Duration.hours(100_000))

/// Names in random order, over and over.
private final class Callers {
    let names: [String]
    private var next = 0

    init(_ count: Int) { names = (0..<count).map { "user:\($0)" }.shuffled() }

    /// Hands the next names to `body`, one for each of the benchmark's iterations.
    func forEach(_ benchmark: Benchmark, _ body: (String) throws -> Void) rethrows {
        var index = next
        for _ in benchmark.scaledIterations {
            index = index + 1 < names.count ? index + 1 : 0
            try body(names[index])
        }
        next = index
    }
}

/// Measures decisions of one policy by one value.
private func measure(_ title: String, callers count: Int, _ rules: [Rule]) {
    Benchmark(title) { (benchmark: Benchmark, subject: (PolicyHandle, Callers)) in
        let (policy, callers) = subject
        try callers.forEach(benchmark) { blackHole(try policy.decide($0)) }
    } setup: {
        let policy = try Limiter { Policy("policy") { rules } }.policy("policy")
        let callers = Callers(count)
        for name in callers.names { _ = try policy.decide(name) }
        return (policy, callers)
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
    Benchmark("concurrency, acquire and release") { (benchmark: Benchmark, limiter: Limiter) in
        let request: Descriptor = [.user: "42"]
        for _ in benchmark.scaledIterations {
            guard let lease = try limiter.acquire("policy", request).lease else { fatalError("no slot is free") }
            blackHole(limiter.release(lease))
        }
    } setup: {
        try Limiter { Policy("policy") { Rule("busy", by: .user, .concurrency(7)) } }
    }
}

private func byDescriptor() {
    let bucket = Limit.tokenBucket(most.count, per: most.period)
    let rules = [
        Rule("user", by: .user, bucket), Rule("chat", by: .chat, bucket), Rule("both", by: .user, .chat, bucket),
    ]
    Benchmark("descriptor of two, three rules, by handle") { (benchmark: Benchmark, policy: PolicyHandle) in
        let request: Descriptor = [.user: "42", .chat: "-100"]
        for _ in benchmark.scaledIterations { blackHole(try policy.decide(request)) }
    } setup: {
        try Limiter { Policy("policy") { rules } }.policy("policy")
    }
    Benchmark("descriptor literal, by policy name") { (benchmark: Benchmark, limiter: Limiter) in
        for _ in benchmark.scaledIterations {
            blackHole(try limiter.decide("policy", [.user: "42", .chat: "-100"]))
        }
    } setup: {
        try Limiter { Policy("policy") { rules } }
    }
}

/// What the server does for `CL.THROTTLE`, without the network and one by one.
private func byThrottle() {
    Benchmark("throttle, 10 k keys") { (benchmark: Benchmark, subject: (Limiter, Callers)) in
        let (limiter, callers) = subject
        callers.forEach(benchmark) { name in
            var name = name
            let reply = name.withUTF8 {
                limiter.throttle(
                    key: UnsafeRawBufferPointer($0), maxBurst: 1_000_000, count: 1_000_000, periodSeconds: 86_400,
                    quantity: 1, at: limiter.now())
            }
            blackHole(reply)
        }
    } setup: {
        (try Limiter {}, Callers(10_000))
    }
}
