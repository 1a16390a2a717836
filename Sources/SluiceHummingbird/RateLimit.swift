import HTTPTypes
public import Hummingbird
import Logging
public import Sluice
public import SluiceHTTP

/// Protects the routes after it by a policy.
///
/// ```swift
/// let router = Router(context: PeerRequestContext.self)
/// router.add(middleware: try RateLimit(limiter, "api", by: .clientAddress))
/// ```
/// A request that may not pass is answered with 429, problem details, and when to come back. Answers to those that may
/// tell how much is left. A slot of a concurrency rule is held until the answer's body is written, or until it is
/// certain that it never will be.
///
/// When the store fails, the rules' failure choices decide; a request that is denied for no other reason is answered
/// with 503.
public struct RateLimit<Context: RequestContext>: RouterMiddleware {
    private let policy: ProtectedPolicy
    private let keys: [RequestKey<Context>]
    private let proxies: TrustedProxies
    private let cost: RequestCost<Context>
    private let fields: ResponseFields
    private let denial: DenialAnswer<Context>
    private let isExempt: (@Sendable (Request, Context) -> Bool)?
    private let observe: (@Sendable (Decision, Request, Context) -> Void)?

    /// Protects routes by a policy.
    /// - Parameters:
    ///   - limiter: Who decides, in memory or on Redis.
    ///   - policy: The policy's name.
    ///   - keys: What a request's descriptor holds.
    ///   - cost: What a request costs.
    ///   - proxies: Whose word is taken for whom a request is from.
    ///   - fields: What answers tell of the limits.
    ///   - denial: What a request is answered that may not pass.
    ///   - isExempt: Requests that pass uncounted.
    ///   - observe: Is told of every decision, for logs and metrics.
    /// - Throws: `SluiceError` if there is no such policy, if no rule of it could ever apply to such descriptors, or if
    ///   it has a concurrency rule and costs are known only from responses.
    public init(
        _ limiter: some LimiterProtocol, _ policy: String, by keys: RequestKey<Context>...,
        cost: RequestCost<Context> = .fixed(1), trusting proxies: TrustedProxies = .loopback,
        fields: ResponseFields = .standard, denial: DenialAnswer<Context> = .problem,
        exempting isExempt: (@Sendable (Request, Context) -> Bool)? = nil,
        observing observe: (@Sendable (Decision, Request, Context) -> Void)? = nil
    ) throws(SluiceError) {
        try self.init(
            limiter, policy, by: keys, cost: cost, trusting: proxies, fields: fields, denial: denial,
            exempting: isExempt, observing: observe)
    }

    /// As the other, of a list of keys.
    /// - Throws: `SluiceError`; see the other.
    public init(
        _ limiter: some LimiterProtocol, _ policy: String, by keys: [RequestKey<Context>],
        cost: RequestCost<Context> = .fixed(1), trusting proxies: TrustedProxies = .loopback,
        fields: ResponseFields = .standard, denial: DenialAnswer<Context> = .problem,
        exempting isExempt: (@Sendable (Request, Context) -> Bool)? = nil,
        observing observe: (@Sendable (Decision, Request, Context) -> Void)? = nil
    ) throws(SluiceError) {
        self.policy = try ProtectedPolicy(
            limiter, policy, keys: Set(keys.map(\.key)), settlesCosts: cost.isSettled)
        self.keys = keys
        self.proxies = proxies
        self.cost = cost
        self.fields = fields
        self.denial = denial
        self.isExempt = isExempt
        self.observe = observe
    }

    /// Decides a request, has it answered if it may pass, and tells of the limits.
    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        if let isExempt, isExempt(request, context) { return try await next(request, context) }
        let admission: Admission
        do throws(SluiceError) {
            admission = try await policy.admit(
                descriptor(of: request, context), cost: cost.charged(request, context),
                explains: fields.contains(.everyRule))
        } catch {
            context.logger.error(
                "A request could not be decided: \(error.message)", metadata: ["policy": "\(policy.name)"])
            return Response(Problem(undecided: error))
        }
        observe?(admission.decision, request, context)
        if case .denied(let denied) = admission.decision {
            return try await refuse(denied, admission, request, context)
        }
        do {
            return await answer(try await next(request, context), admission, request, context)
        } catch {
            await admission.lease?.release()
            throw tell(admission, in: error)
        }
    }

    /// How many leases are held.
    package var leaseCount: Int { policy.leaseCount }

    private func descriptor(of request: Request, _ context: Context) -> Descriptor {
        // One by one: a lazy sequence of pairs would be generic code across modules, and take as long as all the rest.
        var descriptor = Descriptor()
        for key in keys {
            guard let value = key.value(request, context, proxies) else { continue }
            descriptor[key.key] = value.prefix(utf8: Descriptor.maximumBytes)
        }
        return descriptor
    }
}

/// What requests are answered.
extension RateLimit {
    private func refuse(
        _ denied: Denial, _ admission: Admission, _ request: Request, _ context: Context
    ) async throws -> Response {
        var response = try await denial.response(denied, request, context)
        response.headers.add(admission, fields)
        return response
    }

    private func answer(
        _ response: Response, _ admission: Admission, _ request: Request, _ context: Context
    ) async -> Response {
        var (response, admission) = (response, admission)
        if let actual = cost.actual(request, context, response) {
            do throws(SluiceError) {
                try await admission.settle(actual)
            } catch {
                context.logger.warning(
                    "A request has cost \(actual), of which \(admission.cost) are charged: \(error.message)",
                    metadata: ["policy": "\(policy.name)"])
            }
        }
        if fields.contains(.onPasses) { response.headers.add(admission, fields) }
        if let lease = admission.lease { response.hold(lease) }
        return response
    }

    /// The same error, with the fields in it if it can carry any: others keep their type, for whoever catches them.
    private func tell(_ admission: Admission, in error: any Error) -> any Error {
        guard fields.contains(.onPasses), var answered = error as? HTTPError else { return error }
        answered.headers.add(admission, fields)
        return answered
    }
}
