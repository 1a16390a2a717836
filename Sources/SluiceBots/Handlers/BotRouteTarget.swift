internal import Sluice
internal import Synchronization

/// A handler where it is registered: with what the routers around it add.
final class BotRouteTarget: Sendable {
    let handler: BotHandler
    let filter: BotFilter
    let policies: [String]
    private let exemptions: [Exemption]
    /// The handler, with the middlewares around it.
    let body: BotHandler.Body
    private let latest: Mutex<RoutePlan>

    /// - Throws: `SluiceError` that names the handler, for a policy that is not there or can never apply.
    init(
        _ handler: BotHandler, in surroundings: Surroundings, _ limiter: some LimiterProtocol,
        _ joint: any JointLimiter
    ) throws(SluiceError) {
        self.handler = handler
        filter = surroundings.filter.and(handler.filter)
        var policies: [String] = []
        for name in surroundings.policies + handler.policies where !policies.contains(name) { policies.append(name) }
        self.policies = policies
        exemptions = surroundings.exemptions + handler.exemptions
        body = surroundings.middlewares.reversed().reduce(handler.body) { next, middleware in
            { call in try await middleware(call, next) }
        }
        do throws(SluiceError) {
            guard policies.count <= JointQuestion.maximum else {
                throw SluiceError(
                    .invalidPolicy, "\(policies.count) policies protect it; \(JointQuestion.maximum) are the most")
            }
            guard handler.cost >= 0 else {
                throw SluiceError(.invalidCost, "its cost is \(handler.cost); the least is 0")
            }
            latest = Mutex(try RoutePlan(policies, of: handler, limiter, joint))
        } catch {
            throw SluiceError(error.code, "handler '\(handler.name)': \(error.message)")
        }
    }

    /// What routers, and the pipeline around them, add to a handler.
    struct Surroundings {
        var filter = BotFilter.all
        var policies: [String]
        var exemptions: [Exemption]
        var middlewares: [BotMiddleware]

        func entering(_ router: BotRouter) -> Surroundings {
            var inner = self
            inner.filter = filter.and(router.filter)
            inner.policies += router.policies
            inner.exemptions += router.exemptions
            return inner
        }
    }

    /// Whether an update passes uncounted.
    func exempts(_ update: BotUpdate) -> Bool {
        for exemption in exemptions where exemption.covers(update) { return true }
        return false
    }

    /// The policies in force.
    /// - Throws: `SluiceError` if a reload has removed one.
    func plan(_ limiter: some LimiterProtocol, _ joint: any JointLimiter) throws(SluiceError) -> RoutePlan {
        let known = latest.withLock { $0 }
        if known.isCurrent { return known }
        let plan = try RoutePlan(policies, of: handler, limiter, joint)
        latest.withLock { $0 = plan }
        return plan
    }
}
