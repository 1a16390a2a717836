public import Sluice

/// What is done with some updates, and by which policy of its own it is protected.
///
/// ```swift
/// BotHandler(.command("search"), policy: "search") { call in
///     try await call.reply(try await search(call.update.text ?? ""))
/// }
/// ```
/// A handler's policy is decided together with those of the pipeline and of the routers around it, in one step: all
/// of their rules are charged, or none. It applies wherever the handler is registered.
public struct BotHandler: Sendable {
    /// What it does with an update that may pass.
    public typealias Body = @Sendable (BotCall) async throws -> Void

    /// What rules see as `handler`.
    public var name: String
    /// Which updates it takes.
    public var filter: BotFilter
    /// The names of the policies of its own.
    public var policies: [String]
    /// What one update costs.
    public var cost: Int64
    /// What rules see as `method`, such as the method of the platform that the handler calls.
    public var method: String?
    /// What rules see as `bucket`: handlers that name the same one share the limits that count by it.
    public var bucket: String?
    /// Who passes uncounted here, besides those who do everywhere.
    public var exemptions: [Exemption]
    /// Whether what was charged is given back when the handler throws.
    public var refundsFailures: Bool
    /// Values that rules see instead of, or besides, those of the update.
    public var values: (@Sendable (BotUpdate) -> Descriptor)?
    let body: Body

    /// A handler.
    /// - Parameters:
    ///   - filter: Which updates it takes.
    ///   - name: What rules see as `handler`; by default the first word of the filter.
    ///   - policy: The name of a policy of its own.
    ///   - cost: What one update costs.
    ///   - method: What rules see as `method`.
    ///   - bucket: What rules see as `bucket`.
    ///   - exemptions: Who passes uncounted here.
    ///   - refundsFailures: Whether what was charged is given back when it throws.
    ///   - values: Values that rules see instead of, or besides, those of the update.
    ///   - body: What it does.
    public init(
        _ filter: BotFilter, named name: String? = nil, policy: String? = nil, cost: Int64 = 1, method: String? = nil,
        bucket: String? = nil, exempting exemptions: [Exemption] = [], refundsFailures: Bool = false,
        values: (@Sendable (BotUpdate) -> Descriptor)? = nil, _ body: @escaping Body
    ) {
        self.name = name ?? filter.name
        self.filter = filter
        policies = policy.map { [$0] } ?? []
        self.cost = cost
        self.method = method
        self.bucket = bucket
        self.exemptions = exemptions
        self.refundsFailures = refundsFailures
        self.values = values
        self.body = body
    }
}

extension DescriptorKey {
    /// The bucket that a handler names.
    public static let bucket = DescriptorKey("bucket")
}
