/// What a webhook answers Telegram.
public enum WebhookAnswer: Sendable, Hashable, CaseIterable {
    /// It will be handled.
    case accepted
    /// It came before.
    case repeated
    /// It can never be read, so that it need not be sent again.
    case unreadable
    /// It is no update at all.
    case malformed
    /// The sender does not know the secret.
    case unauthorized
    /// It is larger than any update.
    case tooLarge
    /// As many updates wait as may wait: Telegram repeats it.
    case full
    /// The bot stops: Telegram repeats it.
    case stopping

    /// The HTTP status.
    public var status: Int {
        switch self {
        case .accepted, .repeated, .unreadable: 200
        case .malformed: 400
        case .unauthorized: 401
        case .tooLarge: 413
        case .full, .stopping: 503
        }
    }
}

/// How often a webhook gave each answer.
public struct WebhookCounts: Sendable, Hashable {
    private var counts: [WebhookAnswer: Int] = [:]

    /// None.
    public init() {}

    /// How often this answer was given.
    public subscript(answer: WebhookAnswer) -> Int { counts[answer, default: 0] }

    mutating func count(_ answer: WebhookAnswer) { counts[answer, default: 0] += 1 }
}
