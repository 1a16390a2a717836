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

    /// The words that an endpoint accepts.
    struct Fields: OptionSet {
        var rawValue: UInt8
        static let policy = Fields(rawValue: 1)
        static let descriptor = Fields(rawValue: 2)
        static let cost = Fields(rawValue: 4)
        static let details = Fields(rawValue: 8)

        /// What `check` and `peek` accept.
        static let decision: Fields = [.policy, .descriptor, .cost, .details]
        /// What `refund` and `leases` accept.
        static let costed: Fields = [.policy, .descriptor, .cost]
        /// What `reset` accepts.
        static let plain: Fields = [.policy, .descriptor]
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes as a string; what is not valid UTF-8 becomes U+FFFD.
    var text: String { String(decoding: self, as: UTF8.self) }
}
