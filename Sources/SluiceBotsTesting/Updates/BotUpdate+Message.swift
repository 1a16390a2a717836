public import SluiceBots

extension BotUpdate {
    /// A text message, for tests that care of no more.
    public static func message(
        _ text: String, from user: String = "42", in chat: String? = nil, on platform: Platform = .telegram
    ) -> BotUpdate {
        BotUpdate(
            platform: platform, kind: "message", user: BotUser(id: user),
            chat: BotChat(id: chat ?? user, kind: chat == nil ? .direct : .group), text: text,
            command: text.first == "/" ? text.dropFirst().split(separator: " ").first.map(String.init) : nil,
            fingerprint: text)
    }
}
