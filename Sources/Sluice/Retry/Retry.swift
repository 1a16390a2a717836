/// Tries something again when it fails: with a back-off, only so often, for so long, and within a budget.
///
/// ```swift
/// let retry = Retry(attempts: 4, within: .seconds(60), budget: RetryBudget())
/// let answer = try await retry.run { try await model.complete(prompt) }
/// ```
/// What is tried must be safe to do twice. A ``RetryAfterError`` is obeyed: it waits as long as the error tells, or
/// gives up at once when that is too long. A ``CircuitOpenError`` is one, so it waits for a breaker as well.
public struct Retry: Sendable {
    /// How often to try in all; at least 1.
    public var attempts: Int
    /// How long to wait in between.
    public var backOff: BackOff
    /// For how long in all; no attempt begins later. `nil` for as long as there are attempts.
    public var longest: Duration?
    /// What limits the retries of all who share it.
    public var budget: RetryBudget?
    /// What an error says. Only failures are tried again.
    public var verdict: @Sendable (any Error) -> FailureVerdict
    /// The time line that it waits on.
    public var time: TimeSource
    /// Where chance comes from: 64 random bits each time.
    package var random: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }

    /// A way to try again.
    /// - Parameters:
    ///   - attempts: How often to try in all; at least 1.
    ///   - backOff: How long to wait in between.
    ///   - longest: For how long in all, or `nil`.
    ///   - budget: What limits the retries of all who share it, or `nil`.
    ///   - verdict: What an error says.
    public init(
        attempts: Int = 3, backOff: BackOff = BackOff(first: .milliseconds(200), longest: .seconds(20)),
        within longest: Duration? = nil, budget: RetryBudget? = nil, time: TimeSource = .system,
        verdict: @escaping @Sendable (any Error) -> FailureVerdict = FailureVerdict.usual
    ) {
        precondition(attempts >= 1, "something is tried at least once")
        (self.attempts, self.backOff, self.longest, self.budget) = (attempts, backOff, longest, budget)
        (self.time, self.verdict) = (time, verdict)
    }

    /// Does something until it succeeds or must not be tried again.
    /// - Returns: What it returned.
    /// - Throws: Its last error; `CancellationError` if the task is cancelled while it waits.
    public func run<Success>(_ body: () async throws -> Success) async throws -> Success {
        budget?.countRequest()
        let end = longest.map { time.now() + $0 }
        var failures = 0
        while true {
            do {
                return try await body()
            } catch {
                failures += 1
                guard !Task.isCancelled, failures < attempts, case .failure(let retryAfter) = verdict(error) else {
                    throw error
                }
                let wait = max(backOff.wait(afterFailures: failures, random: random()), retryAfter ?? .zero)
                let next = time.now() + wait
                if let end, next > end { throw error }
                guard budget?.allowsRetry() ?? true else { throw error }
                try await time.sleep(until: next)
            }
        }
    }
}
