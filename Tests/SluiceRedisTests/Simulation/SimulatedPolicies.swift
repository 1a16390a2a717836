import Sluice

@testable import SluiceRedis

/// The policies that simulated instances share, and what each of them may admit.
enum SimulatedPolicies {
    static let milliseconds: Int64 = 1_000_000
    /// How long a lease is held.
    static let leaseTime = Duration.seconds(2)
    static let leases = 3

    /// The policies with ordinary rules, and what stands in for Redis when it fails.
    static let names = ["bucket", "log", "window", "lent", "lent-window", "pair"]

    static func all() -> [Policy] {
        [
            policy("bucket", .deny, [Rule("r", by: [.user], .tokenBucket(40, per: .seconds(1), burst: 10))]),
            policy("log", .allow, [Rule("r", by: [.user], .slidingLog(8, per: .milliseconds(500)))]),
            policy("window", .local, [Rule("r", by: [.user], .fixedWindow(15, per: .milliseconds(700)))]),
            policy(
                "lent", .local,
                [Rule("r", by: [.user], .tokenBucket(30, per: .seconds(1), burst: 24), borrow: .units(10))]),
            policy(
                "lent-window", .deny,
                [Rule("r", by: [.user], .fixedWindow(30, per: .seconds(1)), borrow: .units(5))]),
            policy(
                "pair", .deny,
                [
                    Rule("r", by: [.user], .tokenBucket(60, per: .seconds(1), burst: 12)),
                    Rule("s", by: [.chat], .slidingLog(10, per: .milliseconds(400))),
                ]),
            policy("slots", .deny, [Rule("r", by: [.user], .concurrency(Int64(leases), lease: leaseTime))]),
        ]
    }

    private static func policy(_ name: String, _ choice: StoreFailure, _ rules: [Rule]) -> Policy {
        Policy(name, rules: rules, onStoreFailure: choice)
    }

    /// The bounds of a policy's rules, in their order.
    static func bounds(of name: String, clockOffset: Int64) -> [AdmissionLedger.Bound] {
        switch name {
        case "bucket": [.bucket(count: 40, period: 1_000 * milliseconds, burst: 10)]
        case "log": [.log(count: 8, period: 500 * milliseconds)]
        case "window": [.window(count: 15, period: 700 * milliseconds, offset: clockOffset)]
        case "lent": [.bucket(count: 30, period: 1_000 * milliseconds, burst: 24)]
        case "lent-window": [.window(count: 30, period: 1_000 * milliseconds, offset: clockOffset)]
        case "pair":
            [
                .bucket(count: 60, period: 1_000 * milliseconds, burst: 12),
                .log(count: 10, period: 400 * milliseconds),
            ]
        default: []
        }
    }

    static func isLent(_ name: String) -> Bool { name.hasPrefix("lent") }

    /// Whether a decision without the store may allow.
    static func choice(of name: String) -> StoreFailure {
        all().first { $0.name == name }?.onStoreFailure ?? .deny
    }
}
