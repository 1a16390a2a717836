import Sluice

/// What a process remembers outside of its store's tables: on the heap.
enum HeapScene {
    private static let begin = Timestamp(nanoseconds: 1_700_000_000_000_000_000)

    /// A breaker for each of so many endpoints, all of them open: bytes of the heap; `nil` where it does not tell.
    static func breakers(_ count: Int) async throws -> Double? {
        let names = (0..<count).map { "https://api-\($0).example.org" }
        return try await OwnMemory.growth(of: { OwnMemory.heap }, from: { Breakers(names) }) { $0.open() }
    }

    /// Denials of so many callers, who are remembered by name for whoever looks on.
    static func deniedCallers(_ count: Int) async throws -> Double? {
        try await OwnMemory.growth(of: { OwnMemory.heap }, from: { try Denials(of: count) }) { try $0.deny() }
    }

    private final class Breakers {
        private let names: [String]
        private var breakers: [CircuitBreaker] = []

        init(_ names: [String]) {
            self.names = names
            breakers.reserveCapacity(names.count)
        }

        func open() {
            // The name is the breaker's own: a copy of the text, as a caller's would be.
            for name in names { breakers.append(CircuitBreaker(String(decoding: Array(name.utf8), as: UTF8.self))) }
            for breaker in breakers { breaker.open(for: .seconds(5)) }
        }
    }

    private struct Denials {
        private let limiter: Limiter
        private let policy: PolicyHandle
        private let count: Int

        /// Everybody has had his one call already, so that denials make no cells.
        init(of count: Int) throws {
            self.count = count
            let rule = Rule("once", by: .user, .tokenBucket(1, per: .hours(1)))
            limiter = try Limiter(
                [Policy("users", rules: [rule])], store: MemoryStore(holding: count + count / 4 + 65_536))
            policy = try limiter.policy("users")
            for user in 0..<count { try decide(user, isAllowed: true) }
            limiter.store.watch.keepDenials(namingCallers: true)
        }

        func deny() throws {
            for user in 0..<count { try decide(user, isAllowed: false) }
        }

        private func decide(_ user: Int, isAllowed: Bool) throws {
            // Denials of one moment are taken for a flood, of which few are looked at.
            let now = HeapScene.begin + .microseconds(100 * user)
            guard try policy.decide("user_\(user)", at: now).isAllowed == isAllowed else {
                throw BenchError("a user was \(isAllowed ? "denied" : "allowed") against his limit; please report this")
            }
        }
    }
}
