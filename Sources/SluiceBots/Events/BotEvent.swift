public import Sluice

/// What a pipeline did with an update.
public enum BotEvent: Sendable {
    /// It was allowed and its handler has done its work.
    case handled(BotCall)
    /// It was denied.
    case denied(BotDenial)
    /// It could not be decided, or its handler threw.
    case failed(BotFailure)
    /// No handler takes it; nothing was charged.
    case unhandled(BotUpdate)
}

/// An update that may not pass.
public struct BotDenial: Sendable {
    /// What happened.
    public let update: BotUpdate
    /// The name of the handler that would have taken it.
    public let handler: String
    /// The policy whose rule or list denied.
    public let policy: String
    /// How the rule that denied counts; `nil` for a deny list.
    public let algorithm: Limit.Algorithm?
    /// Why, and when to come back.
    public let denial: Denial
}

/// An update that went wrong.
public struct BotFailure: Sendable {
    /// What happened.
    public let update: BotUpdate
    /// The name of the handler.
    public let handler: String
    /// What was thrown: by the handler, by a middleware, by whoever sends replies, or a `SluiceError` because the
    /// update could not be decided.
    public let error: any Error
}

/// What became of one update.
public enum BotOutcome: Sendable {
    /// It was allowed and its handler has done its work.
    case handled(Decision)
    /// It was denied.
    case denied(BotDenial)
    /// It could not be decided, or its handler threw.
    case failed(BotFailure)
    /// No handler takes it; nothing was charged.
    case unhandled

    /// Whether a handler has done its work.
    public var isHandled: Bool {
        if case .handled = self { true } else { false }
    }
}
