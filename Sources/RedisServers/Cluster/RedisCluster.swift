import Synchronization

/// A Redis Cluster of a test's own.
///
/// Made by plain commands, in two to three seconds: a node stays out of order for its first two, by Redis's own rule.
package final class RedisCluster: Sendable {
    /// Slots of every cluster.
    package static let slotCount = 16_384

    private let members: Mutex<[RedisServer]>
    private let nodeTimeout: Duration

    private init(_ members: [RedisServer], nodeTimeout: Duration) {
        self.members = Mutex(members)
        self.nodeTimeout = nodeTimeout
    }

    /// Starts a cluster and returns once all nodes agree that it is in order and all replicas have copied their
    /// masters.
    /// - Parameters:
    ///   - replicas: how many there are in all, given to the masters in turn.
    ///   - nodeTimeout: after how much silence a node is taken for dead. A short one takes a machine that is busy with
    ///     other things for dead, too.
    ///   - options: more lines of each node's `redis.conf`.
    package static func start(
        masters: Int = 3, replicas: Int = 3, nodeTimeout: Duration = .seconds(1), options: [String] = []
    ) async throws -> RedisCluster {
        let servers = try await withThrowingTaskGroup(of: RedisServer.self) { group in
            for _ in 0..<(masters + replicas) { group.addTask { try await launchNode(options) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let cluster = RedisCluster(servers, nodeTimeout: nodeTimeout)
        do {
            try await cluster.assemble(masters: masters)
        } catch {
            await cluster.stop()
            throw error
        }
        return cluster
    }

    /// Runs something with a cluster that is gone afterwards.
    package static func during<Result>(
        masters: Int = 3, replicas: Int = 3, nodeTimeout: Duration = .seconds(1), options: [String] = [],
        do body: (RedisCluster) async throws -> Result
    ) async throws -> Result {
        let cluster = try await start(masters: masters, replicas: replicas, nodeTimeout: nodeTimeout, options: options)
        do {
            let result = try await body(cluster)
            await cluster.stop()
            return result
        } catch {
            await cluster.stop()
            throw error
        }
    }

    /// One cluster of six nodes per test process, for tests that need no more than keys with a prefix of their own.
    ///
    /// Its nodes are patient, so that a busy machine does not make it fail over.
    package static func shared() async throws -> RedisCluster { try await sharedCluster.value }

    private static let sharedCluster = Task { try await start(nodeTimeout: .seconds(15)) }

    /// Ends all nodes.
    package func stop() async {
        for server in servers { await server.stop() }
    }

    static func launchNode(_ options: [String]) async throws -> RedisServer {
        // While it is put together a short time-out makes for lively gossip.
        let cluster = [
            "cluster-enabled yes", "cluster-config-file nodes.conf", "cluster-node-timeout 1000",
            "cluster-replica-validity-factor 0", "cluster-allow-replica-migration no",
        ]
        return try await RedisServer.launch(options: cluster + options, bus: true, arguments: [])
    }

    // MARK: - Members

    /// All members, also those that were killed.
    package var servers: [RedisServer] { members.withLock { $0 } }

    /// The members whose process runs.
    package var running: [RedisServer] { servers.filter(\.isRunning) }

    /// `redis://127.0.0.1:PORT` of each member.
    package var urls: [String] { servers.map(\.url) }

    /// One URL that names all members: `redis://127.0.0.1:PORT,127.0.0.1:PORT`.
    package var url: String { "redis://" + servers.map { "127.0.0.1:\($0.port)" }.joined(separator: ",") }

    func add(_ server: RedisServer) { members.withLock { $0.append(server) } }

    func remove(_ server: RedisServer) { members.withLock { $0.removeAll { $0 === server } } }

    /// The member that listens on a port.
    func server(on port: Int) throws -> RedisServer {
        guard let server = servers.first(where: { $0.port == port }) else {
            throw ServerProcess.Failure(description: "no member of the cluster listens on \(port)")
        }
        return server
    }

    // MARK: - Putting it together

    private func assemble(masters: Int) async throws {
        for (index, server) in servers.enumerated() {
            var commands = [["CLUSTER", "SET-CONFIG-EPOCH", String(index + 1)]]
            if index < masters {
                let (first, end) = (Self.slotCount * index / masters, Self.slotCount * (index + 1) / masters)
                commands.append(["CLUSTER", "ADDSLOTSRANGE", String(first), String(end - 1)])
            }
            try await succeed(commands, on: server)
        }
        for server in servers { try await introduce(server) }
        try await waitUntilAcquainted()
        let ids = try await nodeIDs()
        for (index, server) in servers.dropFirst(masters).enumerated() {
            let master = servers[index % masters]
            try await server.succeed("CLUSTER", "REPLICATE", ids[master.port] ?? "")
        }
        try await waitUntilInOrder()
        for server in servers { try await setTimeout(of: server) }
    }

    func setTimeout(of server: RedisServer) async throws {
        let milliseconds = nodeTimeout / .milliseconds(1)
        try await server.configSet("cluster-node-timeout", String(Int(milliseconds)))
    }

    /// Introduces a server to all others; gossip alone would take longer.
    func introduce(_ server: RedisServer) async throws {
        var commands: [[String]] = []
        for other in running where other !== server {
            let bus = try await other.busPort()
            commands.append(["CLUSTER", "MEET", "127.0.0.1", String(other.port), bus])
        }
        try await succeed(commands, on: server)
    }

    func waitUntilAcquainted() async throws {
        let expected = running.count
        for server in running {
            try await eventually("the server on port \(server.port) knows \(expected) nodes") {
                let known = try await nodes(seenBy: server)
                return known.count { !$0.isNew && !$0.isFailing } >= expected
            }
        }
    }

    func succeed(_ commands: [[String]], on server: RedisServer) async throws {
        for (command, reply) in zip(commands, try await server.commands(commands)) {
            guard case .failure(let message) = reply else { continue }
            throw ServerProcess.Failure(description: "\(command.joined(separator: " ")): \(message)")
        }
    }
}
