/// What an error says of whoever was called.
public enum FailureVerdict: Hashable, Sendable {
    /// It failed. If it said when to come back, nobody calls it sooner.
    case failure(retryAfter: Duration?)
    /// It works: the request was refused for good reason, and would be again. A 404 is an example.
    case success
    /// It says nothing: the caller gave up, or the fault is on this side.
    case ignored

    /// It failed and did not say when to come back.
    public static let failure = FailureVerdict.failure(retryAfter: nil)

    /// What an error says unless somebody knows better: a cancelled call nothing, any other that it failed, for as long
    /// as a ``RetryAfterError`` tells.
    @Sendable
    public static func usual(_ error: any Error) -> FailureVerdict {
        if error is CancellationError { return .ignored }
        return .failure(retryAfter: (error as? any RetryAfterError)?.retryAfter)
    }
}
