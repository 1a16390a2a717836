internal import Sluice

/// Where the value of a descriptor key is found for an update and its handler.
enum ValueSource: Hashable, Sendable {
    case user, chat, group, thread, chatKind, kind, text, command, callback, fingerprint, role
    /// The handler says it.
    case fixed(String)
    /// Only what the handler's own values hold.
    case own

    /// - Returns: `nil` for a key that no update has and the handler does not name.
    init?(_ key: DescriptorKey, of handler: BotHandler) {
        switch key {
        case .user: self = .user
        case .chat: self = .chat
        case .group: self = .group
        case .thread: self = .thread
        case .chatKind: self = .chatKind
        case .kind: self = .kind
        case .text: self = .text
        case .command: self = .command
        case .callback: self = .callback
        case .fingerprint: self = .fingerprint
        case .role: self = .role
        case .handler: self = .fixed(handler.name)
        case .method where handler.method != nil: self = .fixed(handler.method ?? "")
        case .bucket where handler.bucket != nil: self = .fixed(handler.bucket ?? "")
        default: return nil
        }
    }

    /// The keys of which updates and handlers tell.
    static let keys: [DescriptorKey] = [
        .user, .chat, .group, .thread, .chatKind, .kind, .text, .command, .callback, .fingerprint, .role, .handler,
        .method, .bucket,
    ]
}

extension BotUpdate {
    /// The value that a rule counts by, cut as ``descriptor`` cuts it.
    func value(_ source: ValueSource) -> String? {
        switch source {
        case .user: user?.id
        case .chat: chat?.id
        case .group: chat?.kind == .group ? chat?.id : nil
        case .thread: chat?.thread
        case .chatKind: chat?.kind.rawValue
        case .kind: kind
        case .text: text?.cut(to: Descriptor.maximumBytes)
        case .command: command?.cut(to: Descriptor.maximumBytes)
        case .callback: callbackData?.cut(to: Descriptor.maximumBytes)
        case .fingerprint: fingerprint?.cut(to: Descriptor.maximumBytes)
        case .role: user?.highestRole?.rawValue
        case .fixed(let value): value
        case .own: nil
        }
    }
}
