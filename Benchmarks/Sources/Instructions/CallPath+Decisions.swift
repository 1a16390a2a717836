import Sluice

extension CallPath {
    /// Longer than any run.
    private static let long = Duration.hours(1_000)

    /// One decision each.
    static let decisions: [CallPath] = [
        decision("bucket-allowed", "token bucket, allowed", .tokenBucket(1_000_000, per: long)),
        decision("bucket-denied", "token bucket, denied", .tokenBucket(1, per: long), denied: true),
        decision("fixed-allowed", "fixed window, allowed", .fixedWindow(1_000_000, per: long)),
        decision("fixed-denied", "fixed window, denied", .fixedWindow(1, per: long), denied: true),
        decision("window-allowed", "sliding window, allowed", .slidingWindow(1_000_000, per: long)),
        decision("window-denied", "sliding window, denied", .slidingWindow(1, per: long), denied: true),
        // A caller comes each 1,000 ms: of his calls in a log the oldest has expired whenever he comes.
        decision("log-allowed", "sliding log of 20, allowed", .slidingLog(20, per: .milliseconds(19_500)), laps: 25),
        decision("log-denied", "sliding log of 20, denied", .slidingLog(20, per: long), laps: 20, denied: true),
        decision("cooldown-allowed", "cooldown, allowed", .cooldown(.milliseconds(500))),
        decision("cooldown-denied", "cooldown, denied", .cooldown(long), denied: true),
        decision("kept-denied", "token bucket, denied and kept", .tokenBucket(1, per: long), denied: true, keeps: true),
        decision(
            "flood-denied", "token bucket, denied in a flood", .tokenBucket(1, per: long), laps: 100,
            step: Moments.shortStep,
            denied: true, keeps: true),
        CallPath("new-caller", "token bucket, a new caller") { count in
            let policy = try limiter([Rule("rule", by: .user, .tokenBucket(1_000, per: long))]).policy("policy")
            // As many for N as for 2 N, so that making them cancels out.
            let names = (0..<20_000).map(Callers.name)
            for index in 0..<count {
                guard try policy.decide(names[index], at: Moments.at(index)).isAllowed else { wrong() }
            }
        },
        CallPath("three-rules", "three rules, a descriptor of two") { count in
            let bucket = Limit.tokenBucket(1_000_000, per: long)
            let policy = try limiter([
                Rule("user", by: .user, bucket), Rule("chat", by: .chat, bucket),
                Rule("both", by: .user, .chat, bucket),
            ]).policy("policy")
            let requests: [Descriptor] = Callers.names.map { [.user: $0, .chat: "-100"] }
            for request in requests { _ = try policy.decide(request, at: Moments.at(0)) }
            for index in 0..<count {
                let request = requests[index % Callers.count]
                guard try policy.decide(request, at: Moments.at(index)).isAllowed else { wrong() }
            }
        },
        CallPath("throttle", "CL.THROTTLE on a bare key") { count in
            let limiter = try limiter([])
            var replies = 0
            for index in 0..<Callers.count + count {
                let key = Callers.names[index % Callers.count]
                let reply = key.utf8.withContiguousStorageIfAvailable { bytes in
                    limiter.throttle(
                        key: UnsafeRawBufferPointer(bytes), maxBurst: 1_000_000, count: 1_000_000,
                        periodSeconds: 86_400, quantity: 1, at: Moments.at(index))
                }
                if reply?.isLimited == false { replies += 1 }
            }
            guard replies == Callers.count + count else { wrong() }
        },
    ]

    /// - Parameters:
    ///   - laps: How often each caller has asked before.
    ///   - step: Nanoseconds from one request to the next.
    ///   - denied: What becomes of each request.
    ///   - keeps: Whether it is kept who is denied, with his name, as the server does.
    private static func decision(
        _ name: String, _ title: String, _ limit: Limit, laps: Int = 1, step: Int = Moments.step,
        denied: Bool = false, keeps: Bool = false
    ) -> CallPath {
        CallPath(name, title) { count in
            let limiter = try limiter([Rule("rule", by: .user, limit)])
            if keeps { limiter.store.watch.keepDenials(namingCallers: true) }
            let policy = try limiter.policy("policy")
            let names = Callers.names
            let before = laps * names.count
            for index in 0..<before {
                _ = try policy.decide(names[index % names.count], at: Moments.at(index, step: step))
            }
            for index in before..<before + count {
                let decision = try policy.decide(names[index % names.count], at: Moments.at(index, step: step))
                guard decision.isAllowed != denied else { wrong() }
            }
        }
    }
}

/// Ends the program: what was counted is not what was meant.
func wrong() -> Never { fatalError("another answer than this path's") }
