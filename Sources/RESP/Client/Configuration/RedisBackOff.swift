/// How long to wait between attempts to connect: exponential, with full jitter, so that many clients that lost
/// one server do not come back in step.
///
/// Source: <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.
public struct RedisBackOff: Hashable, Sendable {
    /// The longest wait before the second attempt; it doubles with each attempt that fails.
    public var initial = Duration.milliseconds(50)
    /// What no wait exceeds.
    public var maximum = Duration.seconds(1)

    /// At most 50 ms at first, at most a second in the end.
    public init() {}

    /// The longest wait after that many failures in a row: at least one.
    func bound(failures: Int) -> Duration {
        // 2³⁰ times any useful beginning is beyond any useful maximum, and cannot overflow.
        min(maximum, initial * (1 << min(max(0, failures - 1), 30)))
    }

    /// A wait from nothing to the bound.
    func delay(failures: Int, using random: () -> Double) -> Duration { bound(failures: failures) * random() }
}
