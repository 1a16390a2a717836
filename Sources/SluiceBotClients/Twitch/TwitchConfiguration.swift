public import Sluice

/// Where and as whom to join Twitch's chat, and how fast to speak there.
public struct TwitchConfiguration: Sendable {
    /// The account's name.
    public var nick: String
    /// An access token with the scopes `chat:read` and `chat:edit`; never printed.
    public var token: TwitchToken
    /// The channels to join, without `#`.
    public var channels: [String]
    /// The server's name.
    public var host = "irc.chat.twitch.tv"
    /// The server's port.
    public var port = 6_697
    /// Whether the connection is encrypted; only tests do without.
    public var isEncrypted = true
    /// How fast messages go out, how many wait at most, and for how long: `PacingPreset.twitch(as:)`.
    ///
    /// At first what any account may send, 256 that wait, and five minutes.
    public var pace: PacingPreset
    /// How long a server may be silent before it is asked whether it is still there.
    public var quietTime = Duration.minutes(5)
    /// How long it may take to answer that, and to connect.
    public var answerTime = Duration.seconds(10)
    /// The first wait before connecting again; each further one doubles it.
    public var firstWait = Duration.seconds(1)
    /// The longest wait before connecting again.
    public var longestReconnectWait = Duration.seconds(60)

    /// A configuration for some channels.
    public init(nick: String, token: TwitchToken, channels: [String]) {
        self.nick = nick.lowercased()
        self.token = token
        self.channels = channels.map { ($0.hasPrefix("#") ? String($0.dropFirst()) : $0).lowercased() }
        pace = .twitch()
        pace.settings.capacity = 256
        pace.settings.longestWait = .minutes(5)
    }
}

/// The secret that a bot proves itself with in Twitch's chat; never printed.
public struct TwitchToken: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    let secret: String

    /// A token, with or without `oauth:` before it; `nil` for what cannot be one.
    public init?(_ text: String) {
        let bare = text.hasPrefix("oauth:") ? String(text.dropFirst(6)) : text
        guard !bare.isEmpty, bare.utf8.count <= 256, bare.utf8.allSatisfy({ (33...126).contains($0) }) else {
            return nil
        }
        secret = bare
    }

    public var description: String { "a token of Twitch" }
    public var debugDescription: String { description }
}
