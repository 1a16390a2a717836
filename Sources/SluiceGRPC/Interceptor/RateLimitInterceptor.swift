public import GRPCCore
public import Logging
public import Sluice
public import SluiceHTTP

/// Protects the services of a gRPC server by a policy.
///
/// ```swift
/// let interceptor = try RateLimitInterceptor(limiter, "api", by: .clientAddress)
/// let server = GRPCServer(transport: transport, services: services, interceptors: [interceptor])
/// ```
/// A call that may not pass ends with `RESOURCE_EXHAUSTED` and the metadata `retry-after`, `ratelimit`,
/// `ratelimit-policy` and `grpc-retry-pushback-ms`, by which a client that retries waits as long as it must (gRFC A6).
/// A call counts once, however many messages it streams. A slot of a concurrency rule is held until the last of them is
/// written.
///
/// When the store fails, the rules' failure choices decide; a call that is denied for no other reason ends with
/// `UNAVAILABLE`.
public struct RateLimitInterceptor: ServerInterceptor {
    /// What a call says of itself before its first message.
    public typealias Call = (metadata: Metadata, context: ServerContext)

    private let policy: ProtectedPolicy
    private let keys: [CallKey]
    private let proxies: TrustedProxies
    private let cost: CallCost
    private let tellsPasses: Bool
    private let isExempt: (@Sendable (Call) -> Bool)?
    private let observe: (@Sendable (Decision, Call) -> Void)?
    private let logger: Logger

    /// Protects services by a policy.
    /// - Parameters:
    ///   - limiter: Who decides, in memory or on Redis.
    ///   - policy: The policy's name.
    ///   - keys: What a call's descriptor holds.
    ///   - cost: What a call costs.
    ///   - proxies: Whose word is taken for whom a call is from.
    ///   - tellsPasses: Whether calls that pass are told how much is left, in their initial metadata.
    ///   - isExempt: Calls that pass uncounted.
    ///   - observe: Is told of every decision, for logs and metrics.
    ///   - logger: Is told of calls that could not be decided.
    /// - Throws: `SluiceError` if there is no such policy, or if no rule of it could ever apply to such descriptors.
    public init(
        _ limiter: some LimiterProtocol, _ policy: String, by keys: CallKey..., cost: CallCost = .fixed(1),
        trusting proxies: TrustedProxies = .loopback, tellingPasses tellsPasses: Bool = true,
        exempting isExempt: (@Sendable (Call) -> Bool)? = nil,
        observing observe: (@Sendable (Decision, Call) -> Void)? = nil, logger: Logger = Logger(label: "sluice.grpc")
    ) throws(SluiceError) {
        self.policy = try ProtectedPolicy(limiter, policy, keys: Set(keys.map(\.key)), settlesCosts: false)
        self.keys = keys
        self.proxies = proxies
        self.cost = cost
        self.tellsPasses = tellsPasses
        self.isExempt = isExempt
        self.observe = observe
        self.logger = logger
    }

    /// Decides a call, has it answered if it may pass, and tells of the limits.
    public func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next:
            @Sendable @concurrent (
                _ request: StreamingServerRequest<Input>, _ context: ServerContext
            ) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let call = (metadata: request.metadata, context: context)
        if let isExempt, isExempt(call) { return try await next(request, context) }
        let admission: Admission
        do throws(SluiceError) {
            admission = try await policy.admit(descriptor(of: call), cost: cost.value(call), explains: false)
        } catch {
            logger.error("A call could not be decided: \(error.message)", metadata: ["policy": "\(policy.name)"])
            return StreamingServerResponse(error: RPCError(undecided: error))
        }
        observe?(admission.decision, call)
        if case .denied(let denial) = admission.decision {
            return StreamingServerResponse(error: RPCError(refusing: denial, admission.fields))
        }
        do {
            var response = try await next(request, context)
            if tellsPasses { response.metadata.add(admission.fields) }
            if let lease = admission.lease { await response.hold(lease) }
            return response
        } catch {
            await admission.lease?.release()
            throw error
        }
    }

    /// How many leases are held.
    package var leaseCount: Int { policy.leaseCount }

    private func descriptor(of call: Call) -> Descriptor {
        // One by one: a lazy sequence of pairs would be generic code across modules, and take as long as all the rest.
        var descriptor = Descriptor()
        for key in keys {
            guard let value = key.value(call, proxies) else { continue }
            descriptor[key.key] = value.prefix(utf8: Descriptor.maximumBytes)
        }
        return descriptor
    }
}

extension StreamingServerResponse {
    /// Holds a lease until the last message is written, or cannot be.
    fileprivate mutating func hold(_ lease: HeldLease) async {
        guard case .success(var contents) = accepted else { return await lease.release() }
        let producer = contents.producer
        contents.producer = { writer in
            do {
                let trailers = try await producer(writer)
                await lease.release()
                return trailers
            } catch {
                await lease.release()
                throw error
            }
        }
        accepted = .success(contents)
    }
}
