import Sluice

extension CallPath {
    /// What is no mere decision.
    static let calls: [CallPath] = [
        CallPath("hold", "a caller held and let go") { count in
            let limiter = try limiter([Rule("rule", by: .user, .tokenBucket(9, per: .seconds(1)), penalty: .onHold)])
            let requests = Callers.requests
            for index in 0..<Callers.count + count {
                let request = requests[index % Callers.count]
                try limiter.hold("policy", rule: "rule", request, for: .seconds(9), at: Moments.at(index))
                try limiter.lift("policy", rule: "rule", request)
            }
            guard try limiter.decide("policy", requests[0], at: Moments.at(0)).isAllowed else { wrong() }
        },
        CallPath("settle", "100 charged, and settled at 60") { count in
            let limiter = try limiter([Rule("rule", by: .user, .tokenBucket(10_000_000, per: .hours(1_000)))])
            let requests = Callers.requests
            for index in 0..<Callers.count + count {
                let (request, now) = (requests[index % Callers.count], Moments.at(index))
                guard try limiter.decide("policy", request, cost: 100, at: now).isAllowed else { wrong() }
                guard try limiter.settle("policy", request, estimate: 100, actual: 60, at: now).isAllowed else {
                    wrong()
                }
            }
        },
        CallPath("lease", "a lease taken and given back") { count in
            let limiter = try limiter([Rule("rule", by: .user, .concurrency(7))])
            let requests = Callers.requests
            for index in 0..<Callers.count + count {
                let (request, now) = (requests[index % Callers.count], Moments.at(index))
                guard let lease = try limiter.acquire("policy", request, at: now).lease else { wrong() }
                guard limiter.release(lease, at: now) else { wrong() }
            }
        },
        CallPath("breaker", "a call through a closed breaker") { count in
            let breaker = stillBreaker()
            var sum = 0
            for index in 0..<count { sum += try await breaker.run { index & 1 } }
            guard sum == count / 2 else { wrong() }
        },
        CallPath("breaker-open", "a call that an open breaker refuses") { count in
            let breaker = stillBreaker()
            breaker.open(for: .hours(1))
            var refusals = 0
            for _ in 0..<count {
                do {
                    try await breaker.run {}
                } catch is CircuitOpenError {
                    refusals += 1
                }
            }
            guard refusals == count else { wrong() }
        },
    ]

    private static func stillBreaker() -> CircuitBreaker {
        CircuitBreaker("peer", BreakerConfiguration(), time: .provided(by: StillTime()), random: { 7 })
    }

    /// The hash of a key of so many bytes.
    static let hashes: [CallPath] = [10, 36, 64].map { size in
        CallPath("hash-\(size)", "the hash of a key of \(size) bytes") { count in
            var bytes = [UInt8](repeating: 97, count: size)
            var sum: UInt64 = 0
            for index in 0..<count {
                bytes[0] = UInt8(truncatingIfNeeded: index)
                sum &+= bytes.withUnsafeBytes { KeyDigest.of($0, secret: (1, 2)) }.low
            }
            guard sum != 0 else { wrong() }
        }
    }
}
