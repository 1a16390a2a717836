import Sluice
import SluiceRedis

/// Where decisions are made that a suite measures: in memory, on a Redis, on a cluster.
enum DecisionPlace {
    case memory(Limiter)
    case shared(SharedLimiter)

    /// Those that a run has, with their titles; `nil` for one that it has not.
    static func all(
        in context: BenchContext, _ policies: [Policy]
    ) throws -> [(title: String, place: DecisionPlace?)] {
        func shared(_ store: RedisStore?) throws -> DecisionPlace? {
            try store.map { .shared(try SharedLimiter(policies, store: $0)) }
        }
        return [
            ("memory", .memory(try Limiter(policies))), ("Redis", try shared(context.redis)),
            ("Redis Cluster", try shared(context.cluster)),
        ]
    }

    func decide(_ policy: String, _ descriptor: Descriptor) async throws -> Decision {
        switch self {
        case .memory(let limiter): try limiter.decide(policy, descriptor)
        case .shared(let limiter): try Self.checked(try await limiter.decide(policy, descriptor))
        }
    }

    /// What a failure choice decides is no figure of Redis's.
    private static func checked(_ decision: Decision) throws(BenchError) -> Decision {
        guard !decision.isDegraded else {
            throw BenchError("Redis did not decide: start it, or name one that is there with --redis")
        }
        return decision
    }

    func close() async {
        if case .shared(let limiter) = self { await limiter.shutDown() }
    }
}
