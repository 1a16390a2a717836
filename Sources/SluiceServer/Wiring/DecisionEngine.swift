import RESP
import Sluice
import SluiceRedis

/// Who decides for the transports: this process, or the Redis that several instances share.
///
/// A transport looks once, for a connection or a read, and then speaks to one of the two.
enum DecisionEngine: Sendable {
    case memory(Limiter)
    case shared(SharedLimiter)

    /// Who knows the policies and the time; in this process's memory he decides too.
    var limiter: Limiter {
        switch self {
        case .memory(let limiter): limiter
        case .shared(let limiter): limiter.planning
        }
    }

    /// Who decides on Redis.
    var shared: SharedLimiter? {
        if case .shared(let limiter) = self { limiter } else { nil }
    }

    /// Where the cells are, in a word.
    var storeName: String {
        switch self {
        case .memory: "memory"
        case .shared(let limiter): limiter.store.redis.topology == .cluster ? "redis-cluster" : "redis"
        }
    }
}
