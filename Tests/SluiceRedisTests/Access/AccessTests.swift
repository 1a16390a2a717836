import RESP
import RedisServers
import Sluice
import SluiceRedis
import Testing

/// A user of Redis who may do what `docs/redis.md` says, and no more.
@Suite("A user with the documented rights", .timeLimit(.minutes(10)))
struct AccessTests {
    private func limiter(_ store: RedisStore, _ log: KeptLog = KeptLog()) throws -> SharedLimiter {
        var store = store
        store.redis.credentials = RedisCredentials(username: "limits", password: "secret")
        store.redis.clientName = "limits"
        store.redis.commandTimeout = .seconds(10)
        return try SharedLimiter(EveryOperation.policies, store: store, logger: log.logger)
    }

    /// How often a server has run each command, also inside of functions.
    private func calls(_ server: RedisServer) async throws -> [String: Int] {
        try await server.info("commandstats").reduce(into: [:]) { calls, entry in
            let count = entry.value.split(separator: ",").first?.split(separator: "=").last.flatMap { Int($0) }
            calls[String(entry.key.dropFirst("cmdstat_".count))] = count
        }
    }

    private func expectNothingRefused(_ server: RedisServer) async throws {
        #expect(try await server.succeed("ACL", "LOG").list.map(\.description) == [])
    }

    @Test("may do everything that a limiter does, and nothing that it does not")
    func oneServer() async throws {
        let granted = DocumentedAccess.words
        try await RedisServer.during(options: [DocumentedAccess.user(granted)]) { server in
            let limiter = try limiter(RedisStore(server.url))
            let all = EveryOperation(limiter: limiter)
            try await all.run(user: "42")
            try await all.borrow { try await calls(server)["fcall"] ?? 0 }
            try await eventually("the instances are counted") { try await calls(server)["zcard"] ?? 0 > 0 }
            #expect(await limiter.reachesStore())
            await limiter.shutDown()
            try await expectNothingRefused(server)
            let counts = try await calls(server)
            for command in DocumentedAccess.commands(granted) { #expect(counts[command] ?? 0 > 0, "\(command)") }
        }
    }

    @Test("may do so in a cluster, also while a slot moves")
    func cluster() async throws {
        let granted = "\(DocumentedAccess.words) \(DocumentedAccess.cluster)"
        let options = [DocumentedAccess.user(granted)]
        try await RedisCluster.during(replicas: 0, nodeTimeout: .seconds(15), options: options) { cluster in
            let limiter = try limiter(RedisStore(cluster: cluster.url))
            let all = EveryOperation(limiter: limiter)
            for user in 0..<5 { try await all.run(user: "\(user)") }
            try await askBehindMovingKeys(limiter, cluster)
            await limiter.shutDown()
            var counts: [String: Int] = [:]
            for server in cluster.servers {
                try await expectNothingRefused(server)
                counts.merge(try await calls(server), uniquingKeysWith: +)
            }
            for command in DocumentedAccess.commands(granted) { #expect(counts[command] ?? 0 > 0, "\(command)") }
        }
    }

    /// Has a decision asked for whose key is on the node that its slot is moving to.
    private func askBehindMovingKeys(_ limiter: SharedLimiter, _ cluster: RedisCluster) async throws {
        for server in cluster.servers { try await server.succeed("FLUSHALL") }
        let first = try await limiter.decide("rest", [.user: "mover"])
        #expect(first.isAllowed && !first.isDegraded)
        var found: (server: RedisServer, key: String)?
        for server in cluster.servers {
            let keys = try await server.succeed("KEYS", "sluice:{*").list.compactMap(\.text)
            if let key = keys.first { found = (server, key) }
        }
        let (source, key) = try #require(found)
        let slot = try #require(try await source.succeed("CLUSTER", "KEYSLOT", key).number)
        let destination = try #require(cluster.servers.first { $0 !== source })
        let move = try await cluster.move(slot: slot, to: destination)
        try await move.begin()
        _ = try await move.moveKeys()
        // A node that is new in the cluster does not know the function either.
        try await destination.succeed("FUNCTION", "FLUSH")
        let peek = try await limiter.peek("rest", [.user: "mover"])
        #expect(!peek.isAllowed && !peek.isDegraded, "\(peek)")
        try await move.finish()
    }

    @Test("may do so behind Sentinels")
    func sentinels() async throws {
        try await RedisSentinels.during { sentinels in
            let granted = "\(DocumentedAccess.words) \(DocumentedAccess.sentinel)"
            let words = granted.split(separator: " ").map(String.init)
            let master = try await sentinels.primary()
            _ = try await master.command(["ACL", "SETUSER", "limits", "on", ">secret"] + words)
            var configuration = RedisConfiguration(
                addresses: sentinels.sentinels.map { NodeAddress(host: "127.0.0.1", port: $0.port) })
            configuration.topology = .sentinel(master: RedisSentinels.name)
            let limiter = try limiter(RedisStore(configuration))
            try await EveryOperation(limiter: limiter).run(user: "42")
            await limiter.shutDown()
            try await expectNothingRefused(master)
        }
    }

    @Test("is told what to grant when he may not load the function, and decides once he may")
    func noLoading() async throws {
        let granted = DocumentedAccess.words.replacing("+function|load ", with: "")
        try await RedisServer.during(options: [DocumentedAccess.user(granted)]) { server in
            let log = KeptLog()
            let limiter = try limiter(RedisStore(server.url), log)
            let decisions = try await withThrowingTaskGroup(of: Decision.self) { group in
                for user in 0..<50 { group.addTask { try await limiter.decide("rest", [.user: "\(user)"]) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            // No reply goes to the wrong caller: nobody is told anything but that Redis does not decide.
            #expect(decisions.allSatisfy { $0.isAllowed && $0.isDegraded })
            #expect(log.text.contains("NOPERM"), "\(log.text)")
            #expect(log.text.contains("the user needs +function|load"), "\(log.text)")
            try await server.succeed("ACL", "SETUSER", "limits", "+function|load")
            try await eventually("Redis decides") {
                try await !limiter.decide("all", [.user: "1", .chat: "1"]).isDegraded
            }
            await limiter.shutDown()
        }
    }

    @Test(
        "is told that he lacks a right",
        arguments: ["fcall", "time", "mget", "exists", "set", "~sluice:*"])
    func lackingOne(_ right: String) async throws {
        let granted = DocumentedAccess.words.split(separator: " ").filter { !$0.hasSuffix(right) || $0 == "-@all" }
        try await RedisServer.during(options: [DocumentedAccess.user(granted.joined(separator: " "))]) { server in
            let log = KeptLog()
            let limiter = try limiter(RedisStore(server.url), log)
            #expect(try await limiter.decide("all", [.user: "1", .chat: "1"]).isDegraded)
            // Redis names neither the command that a function may not run, nor the key.
            let words = ["NOPERM", "can't run this command", "ACL failure in script"]
            #expect(words.contains { log.text.contains($0) }, "\(log.text)")
            await limiter.shutDown()
        }
    }

    @Test("is the one in the documentation")
    func documented() throws {
        let page = try DocumentedAccess.page()
        #expect(page.contains(DocumentedAccess.words))
        for words in [DocumentedAccess.cluster, DocumentedAccess.sentinel] {
            #expect(page.contains("`\(words)`"), "\(words)")
        }
    }
}
