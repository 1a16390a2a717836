/// An error by which the other side asks to come back later: HTTP's `Retry-After`, Telegram's `retry_after`.
///
/// A closure that throws one makes its ``Pacer`` pause what the error is about, for exactly that long and in all
/// instances that share the limits, and send again then, before whatever waits behind it.
public protocol RetryAfterError: Error {
    /// In how long it may be tried again.
    var retryAfter: Duration { get }
    /// What may not be sent before.
    var retryScope: RetryScope { get }
}

/// What the other side does not want before its `Retry-After` is over.
public enum RetryScope: Sendable, Hashable {
    /// Anything to this destination.
    case destination
    /// Anything at all.
    case everything
}

extension RetryAfterError {
    /// Without more knowledge: this destination.
    public var retryScope: RetryScope { .destination }
}

/// The simplest ``RetryAfterError``, for closures that know no other.
public struct RetryAfter: RetryAfterError, Hashable {
    /// In how long it may be tried again, and what may not be sent before.
    public var retryAfter: Duration
    public var retryScope: RetryScope

    /// Come back after `duration`.
    public init(_ duration: Duration, scope: RetryScope = .destination) {
        retryAfter = duration
        retryScope = scope
    }
}
