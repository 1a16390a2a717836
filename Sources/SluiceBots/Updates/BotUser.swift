/// Who wrote, pressed or joined.
public struct BotUser: Sendable, Hashable {
    /// What a user is in a chat.
    public enum Role: String, CaseIterable, Sendable, Hashable {
        case owner, administrator, broadcaster, moderator, vip, subscriber
    }

    /// The platform's lasting identifier; never a name, which can change hands.
    public var id: String
    /// The name that people see.
    public var name: String?
    /// The IETF language tag that the platform tells, such as `de` or `pt-br`.
    public var language: String?
    /// What he is in this chat, as far as the update tells.
    public var roles: Set<Role>
    /// Whether he is a program.
    public var isBot: Bool

    /// A user by his identifier.
    public init(
        id: String, name: String? = nil, language: String? = nil, roles: Set<Role> = [], isBot: Bool = false
    ) {
        self.id = id
        self.name = name
        self.language = language
        self.roles = roles
        self.isBot = isBot
    }
}
