import HTTPTypes
import Sluice
import SluiceHTTP

/// What answers tell of the limits.
///
/// A denial always has `Retry-After`, `RateLimit` and `RateLimit-Policy`
/// (draft-ietf-httpapi-ratelimit-headers).
public struct ResponseFields: OptionSet, Sendable {
    public let rawValue: Int

    /// Fields of these kinds.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Answers to requests that have passed have `RateLimit` and `RateLimit-Policy`, too.
    public static let onPasses = ResponseFields(rawValue: 1)
    /// Every rule that applies is told, not only the one that has denied or is nearest to it.
    public static let everyRule = ResponseFields(rawValue: 2)
    /// `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset`, in seconds from now, stand beside them for
    /// clients that know nothing else.
    public static let legacy = ResponseFields(rawValue: 4)

    /// What most want: the fields of the nearest rule, on every answer.
    public static let standard: ResponseFields = [.onPasses]
}

extension HTTPFields {
    /// Adds what is to be told of a request.
    mutating func add(_ admission: Admission, _ chosen: ResponseFields) {
        add(admission.fields)
        let state = admission.state
        guard chosen.contains(.legacy), state.limit != Decision.unlimited else { return }
        self[.legacyLimit] = String(state.limit)
        self[.legacyRemaining] = String(Swift.max(0, state.remaining))
        self[.legacyReset] = String(state.resetAfter.secondsRoundedUp)
    }
}

extension HTTPField.Name {
    // All are tokens, so a name always results.
    fileprivate static let legacyLimit = HTTPField.Name("X-RateLimit-Limit")!
    fileprivate static let legacyRemaining = HTTPField.Name("X-RateLimit-Remaining")!
    fileprivate static let legacyReset = HTTPField.Name("X-RateLimit-Reset")!
}
