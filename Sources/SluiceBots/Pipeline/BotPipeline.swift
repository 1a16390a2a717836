public import Sluice

/// Decides for every update whether its handler may run, and runs it.
///
/// ```swift
/// let bot = try BotPipeline {
///     BotHandler(.command("start")) { call in try await call.reply("Hello") }
/// }
/// let outcome = await bot.handle(update) { reply, update in try await send(reply.text, to: update.chat) }
/// ```
/// An update goes to the first handler that takes it. The policies of the pipeline, of the routers around the handler
/// and of the handler itself are decided in one step: all of their rules are charged, or none. What passes runs inside
/// of what catches errors; a slot of a concurrency rule is held until the handler returns. Who is denied is told so in
/// his own language, once until the denial is over.
public final class BotPipeline: Sendable {
    /// How denials and failures are treated.
    public let settings: BotSettings
    let limiter: any LimiterProtocol
    let joint: any JointLimiter
    let table: RouteTable
    let keeper: LeaseKeeper
    let gate: ReplyGate
    let hub = BotEventHub()
    let replier: BotReplier?

    /// A pipeline that decides by a limiter of your own: in memory, from a policy file, or on Redis.
    /// - Parameters:
    ///   - limiter: Who decides.
    ///   - policies: The names of the policies that protect every handler.
    ///   - settings: How denials and failures are treated.
    ///   - replier: Sends replies, unless an update comes with a sender of its own.
    ///   - routes: The handlers.
    /// - Throws: `SluiceError` for a policy that is not there, with the nearest name, or that could never apply.
    public init(
        _ limiter: some LimiterProtocol, policies: [String] = [Policy.botName], settings: BotSettings = BotSettings(),
        replyingBy replier: BotReplier? = nil, @BotRouteBuilder _ routes: () -> [BotRoute]
    ) throws(SluiceError) {
        guard let joint = limiter as? any JointLimiter else {
            throw SluiceError(
                .unsupported,
                "\(type(of: limiter)) cannot decide by several policies at once; use Limiter or SharedLimiter"
            )
        }
        self.limiter = limiter
        self.joint = joint
        self.settings = settings
        self.replier = replier
        keeper = LeaseKeeper(limiter)
        gate = try ReplyGate(limiter)
        var targets: [BotRouteTarget] = []
        let surroundings = BotRouteTarget.Surroundings(
            policies: policies, exemptions: settings.exemptions, middlewares: settings.middlewares)
        try Self.collect(routes(), in: surroundings, limiter, joint, into: &targets)
        table = RouteTable(targets)
    }

    /// A pipeline that decides in this process's memory: nobody says the same thing twice within `debounce`, nor more
    /// than `throttle` allows him.
    /// - Parameters:
    ///   - policies: Further policies, which handlers and routers name.
    ///   - debounce: For how long a user's same fingerprint does not pass again; `nil` lets repeats pass.
    ///   - throttle: How much each user may say.
    ///   - settings: How denials and failures are treated.
    ///   - time: The time line.
    ///   - replier: Sends replies, unless an update comes with a sender of its own.
    ///   - routes: The handlers.
    /// - Throws: `SluiceError` with what is wrong in which rule, or for a policy that is not there.
    public convenience init(
        with policies: [Policy] = [], debounce: Duration? = .seconds(2),
        throttle: Limit = .tokenBucket(5, per: .seconds(10)), settings: BotSettings = BotSettings(),
        time: TimeSource = .system, replyingBy replier: BotReplier? = nil,
        @BotRouteBuilder _ routes: () -> [BotRoute]
    ) throws(SluiceError) {
        let limiter = try Limiter([.bot(debounce: debounce, throttle: throttle)] + policies, time: time)
        try self.init(limiter, settings: settings, replyingBy: replier, routes)
    }

    /// What becomes of updates from now on.
    /// - Parameter capacity: How many events wait for the reader before the oldest are dropped.
    public func events(holding capacity: Int = BotEvents.defaultCapacity) -> BotEvents {
        hub.subscribe(holding: capacity)
    }

    /// How many slots handlers hold now.
    public var heldLeases: Int { keeper.count }

    private static func collect(
        _ routes: [BotRoute], in surroundings: BotRouteTarget.Surroundings, _ limiter: some LimiterProtocol,
        _ joint: any JointLimiter, into targets: inout [BotRouteTarget]
    ) throws(SluiceError) {
        for route in routes {
            switch route.kind {
            case .handler(let handler):
                targets.append(try BotRouteTarget(handler, in: surroundings, limiter, joint))
            case .router(let router):
                try collect(router.routes, in: surroundings.entering(router), limiter, joint, into: &targets)
            }
        }
    }
}
