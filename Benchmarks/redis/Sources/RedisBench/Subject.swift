import Logging
import RESP
import Sluice
import SluiceRedis

/// The limiter that is measured, and its policy.
struct Subject: Sendable {
    enum Handle: Sendable {
        case memory(PolicyHandle)
        case shared(SharedPolicy, SharedLimiter)
    }

    let handle: Handle
    let scene: Scene

    init(_ options: Options) throws {
        scene = options.scene
        let store: RedisStore
        switch options.place {
        case .memory:
            handle = .memory(try Limiter([options.scene.policy]).policy("bench"))
            return
        case .redis(let url): store = try RedisStore(url)
        case .cluster(let url): store = try RedisStore(cluster: url)
        }
        let limiter = try SharedLimiter([options.scene.policy], store: store.with(options), logger: Self.logger)
        handle = .shared(try limiter.policy("bench"), limiter)
    }

    @inline(__always)
    func decide(_ name: String) async throws -> Decision {
        switch handle {
        case .memory(let policy): try policy.decide(scene.descriptor(name))
        case .shared(let policy, _): try await policy.decide(scene.descriptor(name))
        }
    }

    /// Decides until Redis answers: connections open as they are needed.
    func warmUp() async throws {
        for attempt in 0..<200 {
            guard try await decide("warm-up \(attempt)").isDegraded else { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Options.Fault(message: "no server answers there")
    }

    func shutDown() async {
        if case .shared(_, let limiter) = handle { await limiter.shutDown() }
    }

    static var logger: Logger {
        var logger = Logger(label: "bench")
        logger.logLevel = .error
        return logger
    }
}

extension RedisStore {
    fileprivate func with(_ options: Options) -> RedisStore {
        var store = self
        // The same callers in all runs: what one run has filled the next one finds.
        store.secret = "benchmark"
        store.lanes = options.lanes ?? store.lanes
        store.decisionsPerCall = options.decisionsPerCall ?? store.decisionsPerCall
        store.callsInFlight = options.callsInFlight ?? store.callsInFlight
        if let milliseconds = options.timeoutMilliseconds { store.redis.commandTimeout = .milliseconds(milliseconds) }
        return store
    }
}
