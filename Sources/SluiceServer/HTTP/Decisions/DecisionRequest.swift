import Sluice

/// What a request for a decision says: `{"policy": "chat", "descriptor": {"user": "42"}, "cost": 1}`.
///
/// It is a view: its strings lie in the body that was read or in the scratch memory, and are good as long as both.
struct DecisionRequest {
    var policy: UnsafeRawBufferPointer
    /// The descriptor, in the memory that was handed in for it.
    var entries: UnsafeBufferPointer<RawEntry>
    var cost: Int64 = 1
    /// Whether each rule's own outcome is asked for.
    var wantsDetails = false
    /// The rule that is meant, for how long, and the limit that it is to have: what administrators say.
    var rule = UnsafeRawBufferPointer(start: nil, count: 0)
    var seconds = 0.0
    var limit = UnsafeRawBufferPointer(start: nil, count: 0)

    /// The words that an endpoint accepts.
    struct Fields: OptionSet {
        var rawValue: UInt8
        static let policy = Fields(rawValue: 1)
        static let descriptor = Fields(rawValue: 2)
        static let cost = Fields(rawValue: 4)
        static let details = Fields(rawValue: 8)
        static let rule = Fields(rawValue: 16)
        static let seconds = Fields(rawValue: 32)
        static let limit = Fields(rawValue: 64)

        /// What `check` and `peek` accept.
        static let decision: Fields = [.policy, .descriptor, .cost, .details]
        /// What `refund` and `leases` accept.
        static let costed: Fields = [.policy, .descriptor, .cost]
        /// What `reset` accepts.
        static let plain: Fields = [.policy, .descriptor]
        /// What bans accept to begin, and to end.
        static let ban: Fields = [.policy, .rule, .descriptor, .seconds]
        static let pardon: Fields = [.policy, .rule, .descriptor]
        /// What overrides accept to begin, and to end.
        static let override: Fields = [.policy, .rule, .limit, .seconds]
        static let ruleOnly: Fields = [.policy, .rule]
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes as a string; what is not valid UTF-8 becomes U+FFFD.
    var text: String { String(decoding: self, as: UTF8.self) }
}
