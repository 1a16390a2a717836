/// What an event of the Bot API says to limits.
struct EventReading {
    let kind: TelegramUpdateKind
    let event: WireEvent
    let botName: String?
    /// Where it happened.
    let chat: WireChat?
    /// The topic within it.
    let thread: Int64?

    init(_ kind: TelegramUpdateKind, _ event: WireEvent, botName: String?) {
        self.kind = kind
        self.event = event
        self.botName = botName
        // A business connection is made in the chat between the bot and the account's owner.
        chat = event.chat ?? event.message?.chat ?? event.userChatID.map { WireChat(id: $0, type: "private") }
        // In groups without topics the field numbers threads of answers, which are no places.
        thread =
            event.directMessagesTopic?.id ?? event.message?.directMessagesTopic?.id
            ?? (event.isTopicMessage == true ? event.threadID : nil)
            ?? (event.message?.isTopicMessage == true ? event.message?.threadID : nil)
    }

    /// What a method that answers a query is to be told.
    var queryID: String? {
        switch kind {
        case .callbackQuery, .inlineQuery, .shippingQuery, .preCheckoutQuery: event.id
        default: nil
        }
    }

    /// What limits and handlers are told.
    func update(id: Int64) -> BotUpdate {
        let text = event.text ?? event.caption ?? event.query
        return BotUpdate(
            platform: .telegram, id: String(id), kind: kind.rawValue, user: user,
            chat: chat.map { BotChat(id: String($0.id), kind: $0.kind, thread: thread.map { String($0) }) },
            text: text, command: command, callbackData: event.data, fingerprint: fingerprint)
    }

    /// Who did it.
    ///
    /// Anonymous administrators of all groups come as one and the same user, as do all who speak as a channel: so the
    /// chat in whose name they speak is taken for the user.
    private var user: BotUser? {
        if let speaker = event.senderChat ?? event.actorChat ?? event.voterChat, !kind.isPost {
            let speaksForChat = speaker.id == chat?.id && speaker.kind != .direct
            return BotUser(
                id: String(speaker.id), name: speaker.title, language: event.from?.languageCode,
                roles: speaksForChat ? [.administrator] : [])
        }
        guard let user = event.from ?? event.user ?? event.boost?.source?.user ?? event.source?.user else { return nil }
        let names = [user.firstName, user.lastName].compactMap { $0 }.filter { !$0.isEmpty }
        return BotUser(
            id: String(user.id), name: names.isEmpty ? user.username : names.joined(separator: " "),
            language: user.languageCode?.lowercased(), roles: roles(of: user), isBot: user.isBot ?? false)
    }

    /// What the update tells of the user's standing: only of a change of his own.
    private func roles(of user: WireUser) -> Set<BotUser.Role> {
        guard let member = event.newChatMember, member.user.id == user.id else { return [] }
        return switch member.status {
        case "creator": [.owner]
        case "administrator": [.administrator]
        default: []
        }
    }

    /// The command that a text begins with, in lower case, if it is one for this bot.
    private var command: String? {
        guard kind.isMessage, let text = event.text ?? event.caption,
            let entities = event.text == nil ? event.captionEntities : event.entities,
            let entity = entities.first(where: { $0.type == "bot_command" && $0.offset == 0 }), entity.length > 1,
            let end = text.utf16.index(text.startIndex, offsetBy: entity.length, limitedBy: text.endIndex),
            let word = String(text.utf16[..<end]), word.first == "/"
        else { return nil }
        let parts = word.dropFirst().split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty else { return nil }
        if parts.count == 2, let botName {
            let ours = botName.first == "@" ? botName.dropFirst() : botName[...]
            guard parts[1].lowercased() == ours.lowercased() else { return nil }
        }
        return name.lowercased()
    }
}

extension TelegramUpdateKind {
    /// Whether a channel itself speaks.
    fileprivate var isPost: Bool { self == .channelPost || self == .editedChannelPost }
}

extension WireChat {
    /// What sort of place it is; an unknown type is told by its number, which is below zero for all but users.
    var kind: BotChat.Kind {
        switch type {
        case "private": .direct
        case "group", "supergroup": .group
        case "channel": .broadcast
        default: id < 0 ? .group : .direct
        }
    }
}
