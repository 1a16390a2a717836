import Sluice

/// A policy and the descriptors it is asked with.
enum Scene: String, CaseIterable {
    /// One token bucket for each user.
    case one
    /// The same, of which instances borrow ahead.
    case borrowed
    /// A token bucket that lets one through and is then dry for an hour.
    case dry
    /// Four token buckets for each user.
    case four
    /// Four token buckets: by user, by chat, by both and by nothing.
    case mixed
    case debounce
    /// An exact log of 100.
    case log

    /// Each decision keeps its cell for a minute and a half more, so all keys of a run stay live.
    private static let bucket = Limit.tokenBucket(1_000, per: .seconds(86_400))
    /// More than anybody decides here.
    private static let wide = Limit.tokenBucket(10_000_000, per: .seconds(1))

    var policy: Policy {
        switch self {
        case .one: Policy("bench") { Rule("one", by: .user, Self.bucket) }
        case .borrowed: Policy("bench") { Rule("one", by: .user, Self.wide, borrow: .auto) }
        case .dry: Policy("bench") { Rule("one", by: .user, .tokenBucket(1, per: .seconds(3_600))) }
        case .four:
            Policy("bench") {
                Rule("second", by: .user, Self.bucket)
                Rule("minute", by: .user, .tokenBucket(2_000, per: .seconds(86_400)))
                Rule("hour", by: .user, .tokenBucket(3_000, per: .seconds(86_400)))
                Rule("day", by: .user, .tokenBucket(4_000, per: .seconds(86_400)))
            }
        case .mixed:
            Policy("bench") {
                Rule("user", by: .user, Self.bucket)
                Rule("chat", by: .chat, .tokenBucket(1_000_000, per: .seconds(86_400)))
                Rule("both", by: .user, .chat, Self.bucket)
                Rule("all", by: [], .tokenBucket(1_000_000_000, per: .seconds(86_400)))
            }
        case .debounce: Policy("bench") { Rule("repeats", by: .user, .text, .debounce(.seconds(3_600))) }
        case .log: Policy("bench") { Rule("log", by: .user, .slidingLog(100, per: .seconds(3_600))) }
        }
    }

    func descriptor(_ name: String) -> Descriptor {
        switch self {
        case .one, .borrowed, .dry, .four, .log: [.user: name]
        case .debounce: [.user: name, .text: "hello"]
        case .mixed: [.user: name, .chat: String(name.suffix(4))]
        }
    }
}
