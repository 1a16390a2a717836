public import Sluice

extension DescriptorKey {
    /// A thread or topic of a chat.
    public static let thread = DescriptorKey("thread")
    /// What sort of place a chat is: a ``BotChat/Kind``.
    public static let chatKind = DescriptorKey("chat_kind")
    /// What a pressed button carries.
    public static let callback = DescriptorKey("callback")
    /// What makes two updates the same.
    public static let fingerprint = DescriptorKey("fingerprint")
    /// What happened, in the platform's word.
    public static let kind = DescriptorKey("kind")
    /// The user's highest role.
    public static let role = DescriptorKey("role")
    /// The handler that is to run.
    public static let handler = DescriptorKey("handler")
}

extension BotUpdate {
    /// What rules count by: `user`, `chat`, `group` (the chat, if it is one), `thread`, `chat_kind`, `kind`, `text`,
    /// `command`, `callback`, `fingerprint` and `role`, as far as the update tells them.
    ///
    /// A value of more than ``Sluice/Descriptor/maximumBytes`` bytes is cut there at a character's end: two texts that
    /// differ only beyond are the same to a rule. Complexity: O(length of the values).
    public var descriptor: Descriptor {
        var descriptor = Descriptor()
        descriptor[.user] = user?.id
        descriptor[.chat] = chat?.id
        if chat?.kind == .group { descriptor[.group] = chat?.id }
        descriptor[.thread] = chat?.thread
        descriptor[.chatKind] = chat?.kind.rawValue
        descriptor[.kind] = kind
        descriptor[.text] = text?.cut(to: Descriptor.maximumBytes)
        descriptor[.command] = command?.cut(to: Descriptor.maximumBytes)
        descriptor[.callback] = callbackData?.cut(to: Descriptor.maximumBytes)
        descriptor[.fingerprint] = fingerprint?.cut(to: Descriptor.maximumBytes)
        descriptor[.role] = user?.highestRole?.rawValue
        return descriptor
    }
}

extension BotUser {
    /// The first of his roles in the order of ``Role``.
    var highestRole: Role? { roles.isEmpty ? nil : Role.allCases.first { roles.contains($0) } }
}

extension String {
    /// As many whole characters as fit into `bytes` bytes of UTF-8.
    func cut(to bytes: Int) -> String {
        guard utf8.count > bytes else { return self }
        var end = utf8.index(startIndex, offsetBy: bytes)
        while end.samePosition(in: self) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
