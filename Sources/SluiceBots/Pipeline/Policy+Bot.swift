public import Sluice

extension Policy {
    /// What ``bot(debounce:throttle:named:)`` is called unless it is told otherwise.
    public static let botName = "bot"

    /// What protects every handler of a bot to begin with: nobody says the same thing twice, nor too much.
    ///
    /// - Parameters:
    ///   - debounce: For how long the same user's same fingerprint does not pass again; `nil` lets repeats pass.
    ///   - throttle: How much each user may say.
    ///   - name: The policy's name.
    public static func bot(
        debounce: Duration? = .seconds(2), throttle: Limit = .tokenBucket(5, per: .seconds(10)),
        named name: String = botName
    ) -> Policy {
        var rules = [Rule("flood", by: .user, throttle)]
        if let debounce { rules.insert(Rule("repeats", by: .user, .fingerprint, .debounce(debounce)), at: 0) }
        // On Redis a user's cells lie together then, and one command each way reaches all of them.
        return Policy(name, rules: rules, partition: .user)
    }

    /// How often a user is told in a chat that he is denied: once, until the denial is over.
    ///
    /// A pipeline keeps it in memory. Where several instances share a limiter, put it among the limiter's policies:
    /// then a user is told once by all of them together.
    public static var botReplies: Policy {
        Policy(ReplyGate.policyName) {
            Rule(
                "told", by: .user, .chat,
                .tokenBucket(ReplyGate.capacity, per: ReplyGate.unit * Int(ReplyGate.capacity)))
        }
    }
}
