public import Foundation

/// What Twitch's EventSub sends to a webhook.
///
/// Source: Twitch's developer documentation, "Handling webhook events" and "channel.chat.message".
public enum EventSubMessage: Sendable, Hashable {
    /// The longest body that is read, in bytes.
    public static let longestBody = 256 * 1_024

    /// Somebody wrote in a channel.
    case update(BotUpdate)
    /// The webhook is to answer with this text, to prove that it wants to be called.
    case challenge(String)
    /// Nothing comes any more, and why.
    case revoked(String)
    /// An event of another type.
    case other(String)

    /// Reads a body. Whether it is from Twitch is for its signature to say.
    /// - Throws: `DecodingError` for what is no such body, or is too long.
    public init(_ body: Data) throws {
        guard body.count <= Self.longestBody else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "more than \(Self.longestBody) bytes"))
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let envelope = try decoder.decode(Envelope.self, from: body)
        if let challenge = envelope.challenge {
            self = .challenge(challenge)
        } else if envelope.subscription.type == "channel.chat.message", let event = envelope.event {
            self = .update(event.update)
        } else if let status = envelope.subscription.status, status != "enabled" {
            self = .revoked(status)
        } else {
            self = .other(envelope.subscription.type)
        }
    }
}

extension EventSubMessage {
    private struct Envelope: Decodable {
        struct Subscription: Decodable {
            var type: String
            var status: String?
        }

        var subscription: Subscription
        var challenge: String?
        var event: ChatMessage?

        private enum CodingKeys: CodingKey { case subscription, challenge, event }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            subscription = try values.decode(Subscription.self, forKey: .subscription)
            challenge = try values.decodeIfPresent(String.self, forKey: .challenge)
            // Events of other types look otherwise.
            guard subscription.type == "channel.chat.message" else { return }
            event = try values.decodeIfPresent(ChatMessage.self, forKey: .event)
        }
    }

    /// The event of a chat message, as far as an update tells of it.
    private struct ChatMessage: Decodable {
        struct Message: Decodable { var text: String }
        struct Badge: Decodable { var setId: String }
        struct Reply: Decodable { var threadMessageId: String? }

        var broadcasterUserLogin: String
        var chatterUserId: String
        var chatterUserName: String
        var messageId: String
        var message: Message
        var badges: [Badge]?
        var reply: Reply?

        var update: BotUpdate {
            let names = (badges ?? []).map(\.setId)
            let user = BotUser(
                id: chatterUserId, name: chatterUserName, roles: Set(names.compactMap { TwitchText.role(ofBadge: $0) }),
                isBot: names.contains("bot-badge"))
            var update = BotUpdate(
                platform: .twitch, id: messageId, kind: "message", user: user,
                chat: BotChat(id: broadcasterUserLogin, kind: .group, thread: reply?.threadMessageId),
                text: message.text)
            update.completeFromText()
            return update
        }
    }
}
