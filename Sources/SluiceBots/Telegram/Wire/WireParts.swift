/// A user, as the Bot API sends him.
struct WireUser: Decodable {
    var id: Int64
    var isBot: Bool?
    var firstName: String?
    var lastName: String?
    var username: String?
    var languageCode: String?

    enum CodingKeys: String, CodingKey {
        case id, username
        case isBot = "is_bot"
        case firstName = "first_name"
        case lastName = "last_name"
        case languageCode = "language_code"
    }
}

/// A chat.
struct WireChat: Decodable {
    var id: Int64
    var type: String?
    var title: String?
}

/// The topic of a channel's direct messages.
struct WireTopic: Decodable {
    var id: Int64

    enum CodingKeys: String, CodingKey { case id = "topic_id" }
}

/// A message that something else is about; it may be too old to be read.
struct WireMessage: Decodable {
    var messageID: Int64
    var chat: WireChat
    var threadID: Int64?
    var isTopicMessage: Bool?
    var directMessagesTopic: WireTopic?
    var businessConnectionID: String?

    enum CodingKeys: String, CodingKey {
        case chat
        case messageID = "message_id"
        case threadID = "message_thread_id"
        case isTopicMessage = "is_topic_message"
        case directMessagesTopic = "direct_messages_topic"
        case businessConnectionID = "business_connection_id"
    }
}

/// What a part of a text is; counted in UTF-16.
struct WireEntity: Decodable {
    var type: String
    var offset: Int
    var length: Int
}

/// A reaction.
struct WireReaction: Decodable {
    var type: String
    var emoji: String?
    var customEmojiID: String?

    enum CodingKeys: String, CodingKey {
        case type, emoji
        case customEmojiID = "custom_emoji_id"
    }
}

/// What somebody is in a chat.
struct WireMember: Decodable {
    var user: WireUser
    var status: String
}

/// A boost.
struct WireBoost: Decodable {
    var source: WireBoostSource?
}

/// Who boosts.
struct WireBoostSource: Decodable {
    var user: WireUser?
}

/// A file, of which the Bot API has an identifier that is the same for all bots and at all times.
struct WireFile: Decodable {
    var uniqueID: String

    enum CodingKeys: String, CodingKey { case uniqueID = "file_unique_id" }
}

/// A contact.
struct WireContact: Decodable {
    var phoneNumber: String

    enum CodingKeys: String, CodingKey { case phoneNumber = "phone_number" }
}

/// A dice of any kind.
struct WireDice: Decodable {
    var emoji: String
}

/// A game.
struct WireGame: Decodable {
    var title: String
}

/// A place.
struct WireLocation: Decodable {
    var latitude: Double
    var longitude: Double
}

/// Something of which no more than the identifier matters.
struct WireIdentified: Decodable {
    var id: String
}
