internal import Sluice

/// The five ways in which a rule's limit can be written; the raw values are the keys.
enum LimitForm: String, CaseIterable {
    case limit, debounce, cooldown, concurrency, unlimited

    /// The keys that go with this form and with no other.
    var options: [String] {
        switch self {
        case .limit: ["algorithm", "burst", "timezone"]
        case .debounce: ["extend"]
        case .concurrency: ["lease"]
        case .cooldown, .unlimited: []
        }
    }

    /// How a limit of an algorithm is written.
    init(_ algorithm: Limit.Algorithm) {
        self =
            switch algorithm {
            case .tokenBucket, .slidingLog, .slidingWindow, .fixedWindow, .quota: .limit
            case .cooldown: .cooldown
            case .debounce: .debounce
            case .concurrency: .concurrency
            case .unlimited: .unlimited
            }
    }

    /// The algorithms that `algorithm:` chooses among.
    static let algorithms = Limit.Algorithm.allCases.filter { LimitForm($0) == .limit }
}
