/// Where something was said.
public struct BotChat: Sendable, Hashable {
    /// What sort of place it is.
    public enum Kind: String, CaseIterable, Sendable, Hashable {
        /// One user and the bot.
        case direct
        /// Several people.
        case group
        /// One speaks, many read; a Twitch channel, where all may write, is a group.
        case broadcast
    }

    /// The platform's identifier.
    public var id: String
    /// What sort of place it is.
    public var kind: Kind
    /// The thread or topic within it.
    public var thread: String?

    /// A chat by its identifier.
    public init(id: String, kind: Kind, thread: String? = nil) {
        self.id = id
        self.kind = kind
        self.thread = thread
    }
}
