extension RedisCluster {
    /// The nodes as the first running member knows them.
    package func nodes() async throws -> [ClusterNode] {
        guard let server = running.first else { throw ServerProcess.Failure(description: "no node runs") }
        return try await nodes(seenBy: server)
    }

    /// The nodes as a member knows them.
    package func nodes(seenBy server: RedisServer) async throws -> [ClusterNode] {
        let text = try await server.succeed("CLUSTER", "NODES").text ?? ""
        return text.split(separator: "\n").compactMap(ClusterNode.init)
    }

    /// What a key's slot is.
    package func slot(of key: String) async throws -> Int {
        try await running[0].succeed("CLUSTER", "KEYSLOT", key).number ?? 0
    }

    /// The master that owns a slot.
    package func master(of slot: Int) async throws -> RedisServer {
        guard let owner = try await nodes().first(where: { $0.owns(slot) }) else {
            throw ServerProcess.Failure(description: "no node owns slot \(slot)")
        }
        return try server(on: owner.port)
    }

    /// The replicas of a master that are not taken for dead.
    package func replicas(of master: RedisServer) async throws -> [RedisServer] {
        let nodes = try await nodes()
        let id = nodes.first { $0.port == master.port }?.id
        return try nodes.filter { $0.masterID == id && !$0.isFailing }.map { try server(on: $0.port) }
    }

    /// Names by port.
    func nodeIDs() async throws -> [Int: String] {
        var ids: [Int: String] = [:]
        for server in running { ids[server.port] = try await server.succeed("CLUSTER", "MYID").text }
        return ids
    }

    /// Returns once all running nodes are content and know the same masters, slots and replicas.
    ///
    /// With a replica for each master, killing one master is in order again when its replica has taken over.
    package func waitUntilInOrder(within limit: Duration = .seconds(60)) async throws {
        try await eventually("the cluster is in order", within: limit, every: .milliseconds(20)) {
            var views: Set<[ClusterNode]> = []
            for server in running {
                let state = try await server.command("CLUSTER", "INFO").text ?? ""
                guard state.contains("cluster_state:ok") else { return false }
                let view = try await nodes(seenBy: server).filter { !$0.isFailing }.sorted { $0.id < $1.id }
                guard view.count == running.count, !view.contains(where: \.isNew) else { return false }
                views.insert(view)
            }
            guard views.count == 1, let view = views.first else { return false }
            for node in view where !node.isMaster {
                let link = try await server(on: node.port).info("replication")["master_link_status"]
                guard link == "up" else { return false }
            }
            return true
        }
    }

    /// Ends a node as `kill -9` does; `restart()` of the node brings it back as a replica of whoever took over.
    package func kill(_ server: RedisServer) async { await server.kill() }

    /// Returns once another node has taken over from one that was killed.
    package func waitUntilTakenOver(from server: RedisServer, within limit: Duration = .seconds(60)) async throws {
        try await eventually("a replica took over from port \(server.port)", within: limit, every: .milliseconds(20)) {
            try await !nodes().contains { $0.port == server.port && !$0.slots.isEmpty }
        }
        try await waitUntilInOrder(within: limit)
    }

    /// Makes a replica of a master take its place, in good order and without loss; returns the new master.
    @discardableResult
    package func failOver(_ master: RedisServer) async throws -> RedisServer {
        guard let replica = try await replicas(of: master).first else {
            throw ServerProcess.Failure(description: "port \(master.port) has no replica")
        }
        try await replica.succeed("CLUSTER", "FAILOVER")
        try await eventually("port \(replica.port) is a master") {
            try await replica.command("ROLE").list.first == .text("master")
        }
        try await waitUntilInOrder()
        return replica
    }

    /// Adds a master that owns no slots yet.
    package func addMaster() async throws -> RedisServer {
        let server = try await Self.launchNode([])
        add(server)
        try await introduce(server)
        try await waitUntilAcquainted()
        try await waitUntilInOrder()
        try await setTimeout(of: server)
        return server
    }

    /// Removes a node that owns no slots from the cluster and ends it.
    package func forget(_ server: RedisServer) async throws {
        let id = try await server.succeed("CLUSTER", "MYID").text ?? ""
        remove(server)
        for other in running { try await other.succeed("CLUSTER", "FORGET", id) }
        await server.stop()
    }
}
