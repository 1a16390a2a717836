/// A slot on its way from one master to another, step by step, so that a test can stop in the middle.
///
/// Between `begin()` and `finish()` the source answers `ASK` for keys that it no longer has and `TRYAGAIN` for
/// commands of which it has only some keys.
package struct SlotMove: Sendable {
    package let slot: Int
    package let source: RedisServer
    package let destination: RedisServer
    let cluster: RedisCluster

    /// Opens the slot at both ends.
    package func begin() async throws {
        let ids = try await cluster.nodeIDs()
        try await destination.succeed("CLUSTER", "SETSLOT", String(slot), "IMPORTING", ids[source.port] ?? "")
        try await source.succeed("CLUSTER", "SETSLOT", String(slot), "MIGRATING", ids[destination.port] ?? "")
    }

    /// Moves some keys; returns how many there were.
    package func moveKeys(upTo count: Int = 100) async throws -> Int {
        let keys = try await source.succeed("CLUSTER", "GETKEYSINSLOT", String(slot), String(count)).list
        guard !keys.isEmpty else { return 0 }
        let command = ["MIGRATE", "127.0.0.1", String(destination.port), "", "0", "5000", "KEYS"]
        let reply = try await source.command(command + keys.compactMap(\.text))
        // NOKEY: they expired in the meantime.
        guard reply == .text("OK") || reply == .text("NOKEY") else {
            throw ServerProcess.Failure(description: "MIGRATE: \(reply)")
        }
        return keys.count
    }

    /// Gives the slot to its new owner; the owner has to know first, or the slot would have none for a moment.
    package func finish() async throws {
        let id = try await destination.succeed("CLUSTER", "MYID").text ?? ""
        let masters = try await cluster.nodes().filter { $0.isMaster && !$0.isFailing }
        try await destination.succeed("CLUSTER", "SETSLOT", String(slot), "NODE", id)
        try await source.succeed("CLUSTER", "SETSLOT", String(slot), "NODE", id)
        for node in masters where node.port != destination.port && node.port != source.port {
            try await cluster.server(on: node.port).succeed("CLUSTER", "SETSLOT", String(slot), "NODE", id)
        }
    }

    /// Leaves the slot where it was; keys that have moved stay moved, so this is for a slot without any.
    package func giveUp() async throws {
        try await destination.succeed("CLUSTER", "SETSLOT", String(slot), "STABLE")
        try await source.succeed("CLUSTER", "SETSLOT", String(slot), "STABLE")
    }
}

extension RedisCluster {
    /// Prepares the move of a slot; nothing happens before `begin()`.
    package func move(slot: Int, to destination: RedisServer) async throws -> SlotMove {
        SlotMove(slot: slot, source: try await master(of: slot), destination: destination, cluster: self)
    }

    /// Moves a slot with all its keys.
    package func moveSlot(_ slot: Int, to destination: RedisServer) async throws {
        let move = try await move(slot: slot, to: destination)
        try await move.begin()
        repeat {} while try await move.moveKeys() > 0
        try await move.finish()
    }
}
