import NIOPosix
import RESP
import Sluice
import SluiceBots
import SluiceRedis

/// What users take on a Redis, by what it says of its memory before and after.
struct RedisFootprint {
    static let rate = Rule("rate", by: .user, .tokenBucket(1, per: .hours(1)))
    static let debounce = Rule("repeats", by: .user, .fingerprint, .debounce(.hours(1)))

    /// How many users decide at once.
    private static let callers = 256

    private let store: RedisStore
    private let client: RedisClient

    init(_ store: RedisStore) {
        // What others keep under the prefix stays.
        self.store = store.with(prefix: "\(store.prefix)-memory")
        client = RedisClient(store.redis, lanes: 1, group: MultiThreadedEventLoopGroup.singleton)
    }

    func close() async { await client.close() }

    /// Bytes by which Redis grows when so many users have sent one message; what they leave there is removed.
    func growth(_ rules: [Rule], users: Int) async throws -> Double {
        let limiter = try SharedLimiter([Policy("users", rules: rules, partition: .user)], store: store)
        do {
            // The first one brings the script and the connection.
            try await Self.send(from: "nobody", limiter)
            let before = try await settledMemory()
            try await Self.fill(limiter, users: users)
            let after = try await settledMemory()
            await limiter.shutDown()
            try await removeAll()
            guard after > before else {
                throw BenchError("Redis gave back more than it took: name one that nobody else uses with --redis")
            }
            return Double(after - before)
        } catch {
            await limiter.shutDown()
            try? await removeAll()
            throw error
        }
    }

    private static func fill(_ limiter: SharedLimiter, users: Int) async throws {
        try await withThrowingTaskGroup { group in
            for caller in 0..<min(callers, users) {
                group.addTask {
                    for user in stride(from: caller, to: users, by: callers) {
                        try await send(from: "user_\(user)", limiter)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @concurrent
    private static func send(from user: String, _ limiter: SharedLimiter) async throws {
        var descriptor = Descriptor.user(user)
        descriptor[.fingerprint] = "hello"
        let decision = try await limiter.decide("users", descriptor)
        guard !decision.isDegraded else {
            throw BenchError("Redis did not decide: start it, or name one that is there with --redis")
        }
        guard decision.isAllowed else {
            throw BenchError("a user was denied who should have passed; please report this")
        }
    }

    /// What is in use once that stays the same for a while: Redis makes its tables smaller, and moves what is in them,
    /// ten times a second.
    private func settledMemory() async throws -> Int {
        var last = try await memory()
        var repeats = 0
        for _ in 0..<200 where repeats < 5 {
            try await Task.sleep(for: .milliseconds(50))
            let now = try await memory()
            repeats = now == last ? repeats + 1 : 0
            last = now
        }
        return last
    }

    /// Bytes in use, without what belongs to connections.
    private func memory() async throws -> Int {
        let text: String
        do {
            text = try await client.execute(Redis.INFO("memory"), timeout: .seconds(10))
        } catch {
            throw BenchError("Redis did not tell of its memory: \(error)")
        }
        func number(_ name: String) -> Int? {
            let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(name):") }
            return line.flatMap { Int($0.dropFirst(name.count + 1)) }
        }
        guard let used = number("used_memory") else {
            throw BenchError("Redis did not tell of its memory; name a Redis or Valkey with --redis")
        }
        return used - (number("mem_clients_normal") ?? 0)
    }

    /// Removes all keys under the prefix.
    private func removeAll() async throws {
        let pattern = store.prefix.map { "*?[]\\^".contains($0) ? "\\\($0)" : "\($0)" }.joined() + ":*"
        var cursor = "0"
        repeat {
            let reply = try await client.execute(
                Redis.Command(["SCAN", cursor, "MATCH", pattern, "COUNT", "1000"]), timeout: .seconds(10))
            guard let parts = reply.elements, parts.count == 2, let next = parts[0].text, let keys = parts[1].elements
            else { throw BenchError("Redis did not tell which keys it has: SCAN was answered with something else") }
            let names = keys.compactMap(\.text)
            if !names.isEmpty { try await client.execute(Redis.DEL(names), timeout: .seconds(10)) }
            cursor = next
        } while cursor != "0"
    }
}

extension RedisStore {
    fileprivate func with(prefix: String) -> RedisStore {
        var store = self
        store.prefix = prefix
        return store
    }
}
