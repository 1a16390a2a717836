/// Twitch's chat as updates: over IRC and by EventSub the same message becomes the same update.
extension BotUpdate {
    /// A message, whisper or notice of Twitch's IRC; `nil` for a line that no user caused.
    ///
    /// The kind is `message`, `whisper`, or what a notice calls itself, such as `resub` or `raid`. The chat is the
    /// channel's name, without `#`, which is what answers are sent to. A user without a `user-id` tag goes by his name.
    public init?(twitch message: IRCMessage) {
        guard let nick = message.tag("login") ?? message.nick, !nick.isEmpty, let place = message.parameters.first
        else { return nil }
        let user = BotUser(
            id: message.tag("user-id") ?? nick,
            name: message.tag("display-name").flatMap { $0.isEmpty ? nil : $0 } ?? nick,
            roles: message.twitchRoles, isBot: message.twitchBadges.contains("bot-badge"))
        let kind: String
        var chat = BotChat(
            id: TwitchLine.channel(place), kind: .group, thread: message.tag("reply-thread-parent-msg-id"))
        switch message.command {
        case "PRIVMSG": kind = "message"
        case "WHISPER":
            kind = "whisper"
            chat = BotChat(id: nick, kind: .direct)
        case "USERNOTICE": kind = message.tag("msg-id") ?? "usernotice"
        default: return nil
        }
        let text = message.parameters.count > 1 ? message.parameters[1] : nil
        self.init(
            platform: .twitch, id: message.tag("id"), kind: kind, user: user, chat: chat,
            text: text.map(TwitchText.withoutAction))
        completeFromText()
    }

    /// What Twitch's texts say by convention: a command after `!`, and what makes two of them the same.
    mutating func completeFromText() {
        guard let text else { return }
        command = TwitchText.command(in: text)
        fingerprint = TwitchText.fingerprint(of: text)
    }
}

/// What texts in Twitch's chat mean by convention.
enum TwitchText {
    /// The text of a `/me` message, which IRC wraps.
    static func withoutAction(_ text: String) -> String {
        guard text.hasPrefix("\u{1}ACTION ") else { return text }
        let rest = text.dropFirst(8)
        return String(rest.last == "\u{1}" ? rest.dropLast() : rest)
    }

    /// The word after `!`, in small letters.
    static func command(in text: String) -> String? {
        guard text.first == "!" else { return nil }
        let word = text.dropFirst().prefix { $0 != " " }
        return word.isEmpty ? nil : word.lowercased()
    }

    /// The text without what chat programs add at its end to say the same thing twice: spaces and U+E0000.
    static func fingerprint(of text: String) -> String {
        var scalars = Substring(text).unicodeScalars
        while let last = scalars.last, last == " " || last == "\u{E0000}" || last == "\u{34F}" { scalars.removeLast() }
        return String(Substring(scalars))
    }

    /// What a badge makes its bearer.
    static func role(ofBadge name: some StringProtocol) -> BotUser.Role? {
        switch name {
        case "broadcaster": .broadcaster
        case "moderator", "lead_moderator": .moderator
        case "vip": .vip
        case "subscriber", "founder": .subscriber
        case "staff", "admin", "global_mod": .administrator
        default: nil
        }
    }
}

extension IRCMessage {
    /// The names of the badges, without their versions.
    var twitchBadges: [Substring] {
        (tag("badges") ?? "").split(separator: ",").map { $0.prefix { $0 != "/" } }
    }

    /// What the sender is in the channel, from his badges.
    var twitchRoles: Set<BotUser.Role> {
        var roles = Set(twitchBadges.compactMap { TwitchText.role(ofBadge: $0) })
        if tag("mod") == "1" { roles.insert(.moderator) }
        if tag("vip") != nil, tag("vip") != "0" { roles.insert(.vip) }
        if tag("subscriber") == "1" { roles.insert(.subscriber) }
        return roles
    }
}
