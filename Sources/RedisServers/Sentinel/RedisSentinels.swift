/// A primary, its replica and three sentinels that watch them.
package struct RedisSentinels: Sendable {
    /// The name by which the sentinels know the primary.
    package static let name = "tested"

    /// After how many milliseconds of silence a server is held for dead: while all should live, and once one died.
    private static let patience = 600_000
    private static let impatience = 1_500

    /// The server that is the primary at first, and its replica.
    package let servers: [RedisServer]
    package let sentinels: [RedisServer]

    /// Starts them and returns once each sentinel knows the replica and the other two.
    ///
    /// They hold no server for dead until ``waitUntilTakenOver(from:)`` tells them to look: on a busy machine a live
    /// one would pass for dead now and then, and be replaced.
    package static func start() async throws -> RedisSentinels {
        let primary = try await RedisServer.start()
        let replica = try await RedisServer.start(replicaOf: primary)
        let options = [
            "sentinel monitor \(name) 127.0.0.1 \(primary.port) 2",
            "sentinel down-after-milliseconds \(name) \(patience)",
            "sentinel failover-timeout \(name) 1500",
        ]
        let sentinels = try await withThrowingTaskGroup(of: RedisServer.self) { group in
            for _ in 0..<3 {
                group.addTask { try await RedisServer.launch(options: options, arguments: ["--sentinel"]) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let all = RedisSentinels(servers: [primary, replica], sentinels: sentinels)
        do {
            // They find each other by messages that are otherwise two seconds apart; and two seconds without the
            // processor would have them mistrust their clocks, and do nothing for half a minute.
            try await all.debug(
                "publish-period", "100", "info-period", "200", "tilt-trigger", "60000", "tilt-period", "1000")
            try await all.waitUntilInOrder(replicas: 1)
            // A server that says it is the primary, and has not been named for four such periods, is made a replica
            // again: 0.4 s would be too short for the one that another sentinel is just promoting.
            try await all.debug("publish-period", "1500")
        } catch {
            await all.stop()
            throw error
        }
        return all
    }

    private func debug(_ settings: String...) async throws {
        for sentinel in sentinels { try await sentinel.succeed(["SENTINEL", "DEBUG"] + settings) }
    }

    /// Runs something with sentinels that are gone afterwards.
    package static func during<Result>(
        do body: (RedisSentinels) async throws -> Result
    ) async throws -> Result {
        let sentinels = try await start()
        do {
            let result = try await body(sentinels)
            await sentinels.stop()
            return result
        } catch let late as NotInTime {
            let logs = sentinels.logs
            await sentinels.stop()
            throw NotInTime(description: "\(late.description)\n\(logs)")
        } catch {
            await sentinels.stop()
            throw error
        }
    }

    /// What each of them has written last.
    private var logs: String {
        (sentinels + servers).map { server in
            "log of \(server.port):\n" + server.log.split(separator: "\n").suffix(60).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// Ends all of them.
    package func stop() async {
        for server in sentinels + servers { await server.stop() }
    }

    /// The primary according to the first running sentinel.
    package func primary() async throws -> RedisServer {
        guard let sentinel = sentinels.first(where: \.isRunning) else {
            throw ServerProcess.Failure(description: "no sentinel runs")
        }
        let port = try await primaryPort(by: sentinel)
        guard let server = servers.first(where: { $0.port == port }) else {
            throw ServerProcess.Failure(description: "the sentinels name port \(port ?? 0), which is none of theirs")
        }
        return server
    }

    private func primaryPort(by sentinel: RedisServer) async throws -> Int? {
        try await sentinel.succeed("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Self.name).list.last?.number
    }

    /// Returns once all running sentinels name another primary than this one, which was killed, and that is one.
    package func waitUntilTakenOver(from old: RedisServer) async throws {
        try await wait(milliseconds: Self.impatience)
        try await waitUntilAllNameAnother(than: old)
        try await wait(milliseconds: Self.patience)
    }

    private func wait(milliseconds: Int) async throws {
        for sentinel in sentinels where sentinel.isRunning {
            try await sentinel.succeed("SENTINEL", "SET", Self.name, "down-after-milliseconds", "\(milliseconds)")
        }
    }

    private func waitUntilAllNameAnother(than old: RedisServer) async throws {
        for sentinel in sentinels where sentinel.isRunning {
            try await eventually("the sentinel on port \(sentinel.port) names a new primary", within: .seconds(180)) {
                guard let port = try await primaryPort(by: sentinel), port != old.port else { return false }
                return try await primary().command("ROLE").list.first == .text("master")
            }
        }
    }

    /// Makes the replica take the primary's place in good order.
    package func failOver() async throws {
        let old = try await primary()
        // On a busy machine a failover may be given up half way: then it is asked for again. Only then: asked for again
        // when it is just over, it would be undone.
        try await eventually("a sentinel fails over", within: .seconds(180), every: .milliseconds(50)) {
            let state = try await sentinels[0].succeed("SENTINEL", "MASTER", Self.name)
            guard state["port"]?.number == old.port else { return true }
            if state["flags"] == .text("master") {
                try await sentinels[0].command("SENTINEL", "FAILOVER", Self.name)
            }
            return false
        }
        try await waitUntilAllNameAnother(than: old)
    }

    /// Returns once all running sentinels take the other server for a replica that could take over.
    package func waitUntilReplicated() async throws {
        for sentinel in sentinels where sentinel.isRunning {
            try await eventually("the sentinel on port \(sentinel.port) knows a replica", within: .seconds(180)) {
                let known = try await sentinel.succeed("SENTINEL", "REPLICAS", Self.name).list
                return known.count == 1 && known.first?["flags"] == .text("slave")
                    && known.first?["master-link-status"] == .text("ok")
            }
        }
    }

    private func waitUntilInOrder(replicas: Int) async throws {
        for sentinel in sentinels {
            try await eventually("the sentinel on port \(sentinel.port) knows the others") {
                let state = try await sentinel.succeed("SENTINEL", "MASTER", Self.name)
                return state["num-slaves"]?.number == replicas && state["num-other-sentinels"]?.number == 2
                    && state["flags"] == .text("master")
            }
        }
    }
}
