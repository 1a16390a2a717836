/// Handlers that belong together: what they have in common is said once.
///
/// ```swift
/// BotRouter(when: .kind("message"), policy: "chat") {
///     BotHandler(.command("start")) { call in … }
///     BotRouter(when: .matching(isAdministrator), policy: "admin") { … }
/// }
/// ```
/// The first handler in the order of the text that takes an update gets it; routers may be nested.
public struct BotRouter: Sendable {
    /// Which updates its handlers see.
    public var filter: BotFilter
    /// The names of the policies that protect all of its handlers, besides their own.
    public var policies: [String]
    /// Who passes all of its handlers uncounted.
    public var exemptions: [Exemption]
    let routes: [BotRoute]

    /// A router.
    /// - Parameters:
    ///   - filter: Which updates its handlers see.
    ///   - policy: The name of a policy that protects all of its handlers.
    ///   - exemptions: Who passes all of its handlers uncounted.
    ///   - routes: Handlers and further routers.
    public init(
        when filter: BotFilter = .all, policy: String? = nil, exempting exemptions: [Exemption] = [],
        @BotRouteBuilder _ routes: () -> [BotRoute]
    ) {
        self.filter = filter
        policies = policy.map { [$0] } ?? []
        self.exemptions = exemptions
        self.routes = routes()
    }
}

/// A handler, or a router of several.
public struct BotRoute: Sendable {
    enum Kind: Sendable {
        case handler(BotHandler)
        case router(BotRouter)
    }

    let kind: Kind

    /// One handler.
    public static func handler(_ handler: BotHandler) -> BotRoute { BotRoute(kind: .handler(handler)) }

    /// Those of a router.
    public static func router(_ router: BotRouter) -> BotRoute { BotRoute(kind: .router(router)) }
}

/// Collects the handlers and routers listed in braces.
@resultBuilder
public enum BotRouteBuilder {
    public static func buildExpression(_ handler: BotHandler) -> [BotRoute] { [.handler(handler)] }
    public static func buildExpression(_ router: BotRouter) -> [BotRoute] { [.router(router)] }
    public static func buildExpression(_ routes: [BotRoute]) -> [BotRoute] { routes }
    public static func buildBlock(_ parts: [BotRoute]...) -> [BotRoute] { parts.flatMap(\.self) }
    public static func buildOptional(_ part: [BotRoute]?) -> [BotRoute] { part ?? [] }
    public static func buildEither(first part: [BotRoute]) -> [BotRoute] { part }
    public static func buildEither(second part: [BotRoute]) -> [BotRoute] { part }
    public static func buildArray(_ parts: [[BotRoute]]) -> [BotRoute] { parts.flatMap(\.self) }
}
