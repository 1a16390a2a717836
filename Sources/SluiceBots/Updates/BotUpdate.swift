/// What a chat platform tells a bot, as far as limits care: who, where, and what.
///
/// A framework's own update becomes one of these; what it says decides which rules apply, through ``descriptor``.
public struct BotUpdate: Sendable, Hashable {
    /// An update goes through many hands: all copies share what it says.
    private var said: Said

    private final class Said: Sendable, Hashable {
        struct Fields: Sendable, Hashable {
            var platform: Platform
            var id: String?
            var kind: String
            var user: BotUser?
            var chat: BotChat?
            var text: String?
            var command: String?
            var callbackData: String?
            var fingerprint: String?
        }

        let fields: Fields

        init(_ fields: Fields) { self.fields = fields }

        static func == (a: Said, b: Said) -> Bool { a === b || a.fields == b.fields }

        func hash(into hasher: inout Hasher) { fields.hash(into: &hasher) }
    }

    /// An update of a platform.
    public init(
        platform: Platform, id: String? = nil, kind: String, user: BotUser? = nil, chat: BotChat? = nil,
        text: String? = nil, command: String? = nil, callbackData: String? = nil, fingerprint: String? = nil
    ) {
        said = Said(
            Said.Fields(
                platform: platform, id: id, kind: kind, user: user, chat: chat, text: text, command: command,
                callbackData: callbackData, fingerprint: fingerprint))
    }

    private mutating func change<Value>(_ field: WritableKeyPath<Said.Fields, Value>, to value: Value) {
        var fields = said.fields
        fields[keyPath: field] = value
        said = Said(fields)
    }
}

extension BotUpdate {
    /// Where it comes from.
    public var platform: Platform {
        get { said.fields.platform }
        set { change(\.platform, to: newValue) }
    }
    /// What the platform calls it, unique in that bot, for updates that are delivered again; `nil` where it has none.
    public var id: String? {
        get { said.fields.id }
        set { change(\.id, to: newValue) }
    }
    /// What happened, in the platform's word, such as `message` or `callback_query`.
    public var kind: String {
        get { said.fields.kind }
        set { change(\.kind, to: newValue) }
    }
    /// Who caused it; `nil` for what no user did, such as a poll that closed.
    public var user: BotUser? {
        get { said.fields.user }
        set { change(\.user, to: newValue) }
    }
    /// Where it happened; `nil` outside of chats, such as an inline query.
    public var chat: BotChat? {
        get { said.fields.chat }
        set { change(\.chat, to: newValue) }
    }
    /// What was written: a message's text, or a caption.
    public var text: String? {
        get { said.fields.text }
        set { change(\.text, to: newValue) }
    }
    /// The command without its mark and without the bot's name, such as `start`.
    public var command: String? {
        get { said.fields.command }
        set { change(\.command, to: newValue) }
    }
    /// What a pressed button carries.
    public var callbackData: String? {
        get { said.fields.callbackData }
        set { change(\.callbackData, to: newValue) }
    }
    /// What makes two updates the same thing said twice; `nil` if nothing does.
    public var fingerprint: String? {
        get { said.fields.fingerprint }
        set { change(\.fingerprint, to: newValue) }
    }
}

/// Where updates come from.
public struct Platform: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// Its name in lower case.
    public let name: String

    /// A platform of any name.
    public init(stringLiteral name: String) { self.name = name }

    public var description: String { name }

    /// The platforms of which this module knows the formats.
    public static let telegram: Platform = "telegram"
    public static let twitch: Platform = "twitch"
}
