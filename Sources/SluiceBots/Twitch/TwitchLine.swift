/// What a line of Twitch's chat says to a bot.
public enum TwitchLine: Sendable, Hashable {
    /// Somebody wrote, whispered, subscribed, raided, announced: an update.
    case update(BotUpdate)
    /// The server asks whether one is still there; the same word is to be said back.
    case ping(String)
    /// The server is still there.
    case pong(String)
    /// The server knows the bot.
    case welcome
    /// The server will speak with these capabilities, or will not.
    case capabilities([String], accepted: Bool)
    /// Somebody has come into a channel.
    case join(channel: String, user: String)
    /// Somebody has left a channel.
    case part(channel: String, user: String)
    /// The server tells something, such as `msg_ratelimit` or `Login authentication failed`.
    case notice(channel: String?, id: String?, text: String)
    /// All messages of a channel, or of one user in it, were taken away; a time-out has a duration.
    case cleared(channel: String, user: String?, seconds: Int64?)
    /// One message was taken away.
    case deleted(channel: String, message: String)
    /// What the bot is in a channel.
    case state(channel: String, roles: Set<BotUser.Role>)
    /// The server goes away soon; one is to connect again.
    case reconnect
    /// Anything else.
    case other(IRCMessage)

    /// Reads a message.
    public init(_ message: IRCMessage) {
        let channel = message.parameters.first.map(Self.channel) ?? ""
        switch message.command {
        case "PRIVMSG", "WHISPER", "USERNOTICE":
            self = BotUpdate(twitch: message).map { .update($0) } ?? .other(message)
        case "PING": self = .ping(message.parameters.last ?? "")
        case "PONG": self = .pong(message.parameters.last ?? "")
        case "001": self = .welcome
        case "CAP" where message.parameters.count >= 3:
            let names = message.parameters[2].split(separator: " ").map(String.init)
            self = .capabilities(names, accepted: message.parameters[1] == "ACK")
        case "JOIN": self = .join(channel: channel, user: message.nick ?? "")
        case "PART": self = .part(channel: channel, user: message.nick ?? "")
        case "NOTICE":
            let isOfChannel = message.parameters.first?.hasPrefix("#") == true
            self = .notice(
                channel: isOfChannel ? channel : nil, id: message.tag("msg-id"), text: message.parameters.last ?? "")
        case "CLEARCHAT":
            self = .cleared(
                channel: channel, user: message.parameters.count > 1 ? message.parameters[1] : nil,
                seconds: message.tag("ban-duration").flatMap(Int64.init))
        case "CLEARMSG": self = .deleted(channel: channel, message: message.tag("target-msg-id") ?? "")
        case "USERSTATE": self = .state(channel: channel, roles: message.twitchRoles)
        case "RECONNECT": self = .reconnect
        default: self = .other(message)
        }
    }

    /// A channel's name without its mark.
    static func channel(_ name: String) -> String { name.hasPrefix("#") ? String(name.dropFirst()) : name }
}
