/// Several endpoints that can do the same, each with a breaker: a call goes to the first that works.
///
/// ```swift
/// let models = FailoverList("models", [.init("local", localURL), .init("remote", remoteURL)])
/// let answer = try await models.run { url in try await complete(prompt, at: url) }
/// ```
/// An endpoint that fails a call passes it on to the next one, so what is called must be safe to do twice. An endpoint
/// whose breaker is open is left out, and tried again when its wait is over.
public final class FailoverList<Endpoint: Sendable>: Sendable {
    /// One of the endpoints.
    public struct Member: Sendable {
        /// What its breaker is called, after the list's name and a slash.
        public var name: String
        /// What is handed to whoever calls.
        public var endpoint: Endpoint
        /// Its share of the calls, compared with the others', where the order is by weight; at least 1.
        public var weight: Int

        /// A member of a list.
        public init(_ name: String, _ endpoint: Endpoint, weight: Int = 1) {
            precondition((1...1_000_000).contains(weight), "a weight is 1 to 1,000,000")
            (self.name, self.endpoint, self.weight) = (name, endpoint, weight)
        }
    }

    /// In which order endpoints are tried.
    public enum Order: Hashable, Sendable {
        /// As they are listed: the first one takes everything while it works.
        case listed
        /// By chance, each as often as its weight says.
        case weighted
    }

    /// What it is called.
    public let name: String
    /// Its endpoints and, in the same order, their breakers.
    public let members: [Member]
    public let breakers: [CircuitBreaker]
    private let order: Order
    private let verdict: @Sendable (any Error) -> FailureVerdict
    private let random: @Sendable () -> UInt64

    /// How many endpoints a list may have.
    public static var mostMembers: Int { 64 }

    /// A list of endpoints that all work.
    /// - Precondition: There are 1 to 64 members with names of their own.
    public convenience init(
        _ name: String, _ members: [Member], _ order: Order = .listed,
        configuration: BreakerConfiguration = BreakerConfiguration(failuresInARow: 1),
        sharing: BreakerSharing? = nil, time: TimeSource = .system,
        verdict: @escaping @Sendable (any Error) -> FailureVerdict = FailureVerdict.usual
    ) {
        self.init(
            name, members, order, configuration: configuration, sharing: sharing, time: time, verdict: verdict,
            random: { UInt64.random(in: .min ... .max) })
    }

    /// A list, and where its chance comes from: 64 random bits each time.
    package init(
        _ name: String, _ members: [Member], _ order: Order, configuration: BreakerConfiguration,
        sharing: BreakerSharing? = nil, time: TimeSource,
        verdict: @escaping @Sendable (any Error) -> FailureVerdict = FailureVerdict.usual,
        random: @escaping @Sendable () -> UInt64
    ) {
        precondition((1...Self.mostMembers).contains(members.count), "a list has 1 to \(Self.mostMembers) endpoints")
        precondition(Set(members.map(\.name)).count == members.count, "two endpoints of a list have one name")
        (self.name, self.members, self.order, self.verdict, self.random) = (name, members, order, verdict, random)
        breakers = members.map { member in
            CircuitBreaker(
                "\(name)/\(member.name)", configuration, sharing: sharing, time: time, verdict: verdict, random: random)
        }
    }

    /// Calls the endpoints in turn until one answers.
    ///
    /// An error that is no failure of the endpoint is thrown at once.
    /// - Throws: What the last endpoint that was called threw, or ``CircuitOpenError`` with the shortest wait if none
    ///   could be called.
    public func run<Success>(_ body: (Endpoint) async throws -> Success) async throws -> Success {
        var failure: (any Error)?
        var soonest: Duration?
        for place in turn() {
            let breaker = breakers[place]
            do {
                return try await breaker.run { try await body(members[place].endpoint) }
            } catch let refusal as CircuitOpenError where refusal.breaker == breaker.name {
                soonest = min(soonest ?? refusal.retryAfter, refusal.retryAfter)
            } catch {
                guard !Task.isCancelled, case .failure = verdict(error) else { throw error }
                failure = error
            }
        }
        throw failure ?? CircuitOpenError(breaker: name, retryAfter: soonest ?? .zero)
    }

    /// The places of the members in the order of one call.
    private func turn() -> [Int] {
        var left = Array(members.indices)
        guard order == .weighted else { return left }
        var turn: [Int] = []
        while !left.isEmpty {
            var point = random() % UInt64(left.reduce(0) { $0 + members[$1].weight })
            let chosen = left.firstIndex { place in
                let weight = UInt64(members[place].weight)
                if point < weight { return true }
                point -= weight
                return false
            }
            turn.append(left.remove(at: chosen ?? 0))
        }
        return turn
    }
}
