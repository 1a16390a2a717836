/// How fast a fake Bot API takes messages; what comes faster is refused with 429.
///
/// The defaults are what Telegram tells of its own: about 30 a second in all, one a second to a chat with short
/// bursts, 20 a minute to a group. Source: core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this.
public struct FakeBotAPILimits: Sendable, Hashable {
    /// So many messages pass in any window.
    public struct Window: Sendable, Hashable {
        /// How many pass.
        public var count: Int
        /// The length of the window.
        public var length: Duration

        /// So many in any window of this length.
        public init(_ count: Int, per length: Duration) {
            precondition(count >= 1 && length > .zero, "a window has room for one")
            self.count = count
            self.length = length
        }
    }

    /// To all chats together.
    public var overall: Window?
    /// To each group, in addition to what holds for every chat.
    public var group: Window?
    /// The time between messages to each chat.
    public var chatInterval: Duration?
    /// How many may come at once to a chat that was silent: in any span t at most this and one more for each interval.
    public var chatBurst: Int

    /// Limits; `nil` is none.
    public init(
        overall: Window? = Window(30, per: .seconds(1)), group: Window? = Window(20, per: .seconds(60)),
        chatInterval: Duration? = .seconds(1), chatBurst: Int = 3
    ) {
        precondition(chatBurst >= 1, "a chat takes one message at once")
        self.overall = overall
        self.group = group
        self.chatInterval = chatInterval
        self.chatBurst = chatBurst
    }

    /// Telegram's own.
    public static let telegram = FakeBotAPILimits()
    /// None, for tests of something else.
    public static let none = FakeBotAPILimits(overall: nil, group: nil, chatInterval: nil)
}
