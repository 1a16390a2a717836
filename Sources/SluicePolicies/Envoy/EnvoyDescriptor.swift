/// What a file says of one domain.
struct EnvoyDomain {
    let name: String
    let file: String
    let position: SourcePosition
    let descriptors: [EnvoyDescriptor]
}

/// One descriptor of a file, as it is written.
struct EnvoyDescriptor {
    /// What a request's value must be.
    enum Value: Hashable {
        case any
        case exact(String)
        /// With `*` for any run of characters.
        case wildcard(String)
    }

    let key: String
    let value: Value
    let position: SourcePosition
    var isShadow = false
    var isQuota = false
    /// Whether all values that match the wildcard are counted together.
    var sharesThreshold = false
    /// What only envoyproxy/ratelimit's own metrics and answers have a use for.
    var unused: [String] = []
    var rateLimit: EnvoyRateLimit?
    var children: [EnvoyDescriptor] = []

    /// Whether each value has a count of its own.
    var isCounted: Bool {
        switch value {
        case .any: true
        case .exact: false
        case .wildcard: !sharesThreshold
        }
    }

    /// The value as it is written.
    var valueText: String? {
        switch value {
        case .any: nil
        case .exact(let text), .wildcard(let text): text
        }
    }
}

/// The `rate_limit` of a descriptor.
struct EnvoyRateLimit {
    /// `nil` if it is unlimited.
    var unit: EnvoyUnit?
    var requestsPerUnit: UInt32 = 0
    var name: String?
    var replaces: [String] = []
}
