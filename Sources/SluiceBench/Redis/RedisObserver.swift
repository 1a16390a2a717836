import Logging
import NIOCore
import NIOPosix
import RESP
import SluiceRedis

/// Asks the nodes of a Redis how they are, over connections of its own.
struct RedisObserver: Sendable {
    private let client: RedisClient
    private let configuration: RedisConfiguration

    /// Asks a store's nodes, over connections that are closed afterwards.
    static func during<Result>(
        _ store: RedisStore, _ body: (RedisObserver) async throws -> Result
    ) async throws -> Result {
        let observer = RedisObserver(store)
        do {
            let result = try await body(observer)
            await observer.client.close()
            return result
        } catch {
            await observer.client.close()
            throw error
        }
    }

    private init(_ store: RedisStore) {
        configuration = store.redis
        client = RedisClient(
            store.redis, lanes: 1, group: MultiThreadedEventLoopGroup.singleton, logger: .silent)
    }

    /// What the masters tell: one, or all of a cluster.
    /// - Throws: ``BenchError`` if one of them does not answer.
    func masters() async throws -> [NodeInfo] {
        do {
            // A cluster's nodes are known once it has answered.
            try await client.execute(Redis.PING())
            let lane = client.lanes[0]
            let nodes = try await lane.eventLoop.submit { lane.nodes }.get()
            var infos: [NodeInfo] = []
            for node in nodes { infos.append(try await info(of: node)) }
            return infos.filter(\.isMaster)
        } catch {
            throw unreachable(error)
        }
    }

    /// Seconds of processor time that all masters have taken to execute commands; `nil` if one does not tell.
    func coreSeconds() async throws -> Double? {
        var sum = 0.0
        for master in try await masters() {
            guard let seconds = master.coreSeconds else { return nil }
            sum += seconds
        }
        return sum
    }

    /// Bytes that a single Redis uses, without those in which it speaks to clients; `nil` if it does not tell.
    ///
    /// Its own sum of clients' buffers is up to a second old, so they are added up here. They come and go by tens of
    /// kilobytes, which is as much as some hundreds of cells take.
    func memory() async throws -> Double? {
        guard let used = try await masters().first?.memory else { return nil }
        guard let clients = try? await client.execute(Redis.Command(["CLIENT", "LIST"])).text else { return used }
        return clients.split(separator: " ").reduce(used) { sum, word in
            guard word.hasPrefix("tot-mem="), let bytes = Double(word.dropFirst(8)) else { return sum }
            return sum - bytes
        }
    }

    /// Removes all keys of a single Redis that a store's cells lie in.
    /// - Parameter prefix: Without signs that mean something to `SCAN`, as those of measured stores are.
    func removeKeys(under prefix: String) async throws {
        var cursor = "0"
        repeat {
            let found = try await client.execute(Redis.SCAN(cursor, matching: "\(prefix):*", count: 1_000))
            if !found.keys.isEmpty { try await client.execute(Redis.DEL(found.keys)) }
            cursor = found.cursor
        } while cursor != "0"
    }

    /// Where a replica is that a key is copied to; `nil` if there is none.
    func replica(of key: String) async throws -> NodeAddress? {
        do {
            try await client.execute(Redis.PING())
            let lane = client.lanes[0]
            let slot = configuration.topology == .cluster ? HashSlot(key: key) : nil
            let owner = try await lane.eventLoop.submit { lane.node(for: slot)?.node }.get()
            guard let owner else { return nil }
            return try await info(of: owner).replicas.first
        } catch {
            throw unreachable(error)
        }
    }

    /// Nothing from a node that does not let this user ask.
    private func info(of node: RedisNode) async throws(RedisError) -> NodeInfo {
        do {
            return NodeInfo(try await node.execute(Redis.INFO("default")))
        } catch  where error.code == .rejected {
            return NodeInfo("")
        }
    }

    private func unreachable(_ error: any Error) -> BenchError {
        let places = configuration.addresses.map(\.description).joined(separator: ", ")
        return BenchError("the Redis at \(places) does not tell of itself: start it, or name another. \(error)")
    }
}

extension Logger {
    /// Keeps faults to itself that are measured on purpose, or told by an error.
    static let silent = Logger(label: "sluice.bench") { _ in SwiftLogNoOpLogHandler() }
}
