import NIOPosix
import RESP
import Sluice
import SluiceRedis

/// Something that Redis is asked for again and again, about one of many keys.
struct RedisWork: Sendable {
    /// What is asked for, by the names of tables.
    enum Kind: String {
        case rate = "decision: a rate"
        case pair = "decision: a debounce and a rate"
        case increment = "INCR"
        case set = "SET"
        case ping = "PING"
    }

    /// Asks once. What a failure choice decides is an error.
    let ask: @Sendable (_ number: Int) async throws -> Void
    /// Removes what does not go by itself, and closes the connections.
    let end: @Sendable () async -> Void

    init(_ kind: Kind, on store: RedisStore, keys: Int) throws {
        switch kind {
        case .rate: self = try .decisions(.measuredRate, on: store, keys: keys)
        case .pair: self = try .decisions(.measuredPair, on: store, keys: keys)
        case .increment:
            self = .commands(on: store, keys: keys) { Redis.Command(["INCR", $0], keysAffected: [$0]) }
        case .set: self = .commands(on: store, keys: keys) { Redis.SET($0, "0123456789abcdef") }
        case .ping: self = .commands(on: store, keys: 1) { _ in Redis.PING() }
        }
    }

    private init(ask: @escaping @Sendable (Int) async throws -> Void, end: @escaping @Sendable () async -> Void) {
        (self.ask, self.end) = (ask, end)
    }

    /// Decisions by one policy, about users.
    private static func decisions(_ policy: Policy, on store: RedisStore, keys: Int) throws -> RedisWork {
        let place = DecisionPlace.shared(try SharedLimiter([policy], store: store, logger: .silent))
        let users = (0..<keys).map { Descriptor.user("\($0)") }
        return RedisWork(
            ask: { _ = try await place.decide(policy.name, users[$0 % keys]) },
            end: { await place.close() })
    }

    /// Plain commands, which leave by the same client as decisions.
    private static func commands<Command: RedisCommand>(
        on store: RedisStore, keys: Int, _ command: (_ key: String) -> Command
    ) -> RedisWork {
        let client = RedisClient(
            store.redis, lanes: store.lanes, group: MultiThreadedEventLoopGroup.singleton, logger: .silent)
        let commands = (0..<keys).map { command("\(store.prefix)-plain:\($0)") }
        return RedisWork(
            ask: { try await client.execute(commands[$0 % keys]) },
            end: {
                // They would never go by themselves. What Redis refuses now it has refused before.
                let written = commands.flatMap(\.keysAffected).map { Redis.DEL([$0]) }
                for start in stride(from: 0, to: written.count, by: 1_000) {
                    _ = await client.execute(Array(written[start..<min(start + 1_000, written.count)]))
                }
                await client.close()
            })
    }

    /// Measures and ends it, also if measuring fails.
    func during<Result>(_ body: (RedisWork) async throws -> Result) async throws -> Result {
        do {
            let result = try await body(self)
            await end()
            return result
        } catch {
            await end()
            throw error
        }
    }
}

extension Policy {
    /// A user's rate, whose cells live on for a minute.
    static let measuredRate = Policy("rate") {
        Rule("rate", by: .user, .tokenBucket(60, per: .seconds(60), burst: 1_000))
    }

    /// What a bot asks for each message: two rules of a user, decided together.
    static let measuredPair = Policy("pair") {
        Rule("debounce", by: .user, .debounce(.milliseconds(1)))
        Rule("throttle", by: .user, .slidingWindow(1_000_000, per: .seconds(60)))
    }
}
