public import Sluice

/// An update that may pass, as its handler sees it.
public struct BotCall: Sendable {
    /// What happened.
    public let update: BotUpdate
    /// What was decided; of an exempt user, that no rule applies.
    public let decision: Decision
    let target: BotRouteTarget
    /// What was charged; `nil` of an exempt user.
    private let plan: RoutePlan?
    let replier: BotReplier?

    init(
        update: BotUpdate, decision: Decision, _ target: BotRouteTarget, _ plan: RoutePlan?, _ replier: BotReplier?
    ) {
        self.update = update
        self.decision = decision
        self.target = target
        self.plan = plan
        self.replier = replier
    }

    /// The handler's name.
    public var handler: String { target.handler.name }
    /// Whether the user passes uncounted.
    public var isExempt: Bool { plan == nil }

    /// Says something where the update came from.
    /// - Throws: What sending it throws; `SluiceError` with the code `unsupported` if nobody was named who sends.
    public func reply(_ text: String) async throws { try await send(.message(text)) }

    /// Shows something to whoever pressed the button; where no button was pressed, says it.
    /// - Throws: What sending it throws.
    public func alert(_ text: String) async throws {
        try await send(update.callbackData == nil ? .message(text) : .alert(text))
    }

    /// Sends a reply.
    /// - Throws: What sending it throws; `SluiceError` with the code `unsupported` if nobody was named who sends.
    public func send(_ reply: BotReply) async throws {
        guard let replier else {
            throw SluiceError(
                .unsupported, "nobody sends replies; give 'replyingBy:' to the pipeline or to its handle(_:)")
        }
        try await replier(reply, update)
    }

    /// Gives back what the update was charged, for one that turned out to be no use of the bot.
    /// - Throws: `SluiceError` with the code `storeFailed` if the store may not have taken it.
    public func refund() async throws(SluiceError) {
        guard let plan, target.handler.cost > 0 else { return }
        let descriptor = plan.descriptor(update, own: target.handler.values?(update))
        for handle in plan.handles { _ = try await handle.refund(descriptor, cost: target.handler.cost) }
    }
}

/// What goes out in answer to an update.
public enum BotReply: Sendable, Hashable {
    /// A message where the update came from.
    case message(String)
    /// A notice to whoever pressed a button: Telegram's `answerCallbackQuery`.
    case alert(String)

    /// What it says.
    public var text: String {
        switch self {
        case .message(let text), .alert(let text): text
        }
    }
}

/// Sends a reply to where an update came from.
public typealias BotReplier = @Sendable (_ reply: BotReply, _ update: BotUpdate) async throws -> Void
