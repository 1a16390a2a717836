import RedisServers
import Testing

@Suite("A Redis Cluster for tests", .timeLimit(.minutes(10)))
struct RedisClusterTests {
    @Test func `All its slots have a master, and each master a replica`() async throws {
        let cluster = try await RedisCluster.shared()
        let nodes = try await cluster.nodes()
        #expect(nodes.count { $0.isMaster } == 3)
        #expect(Set(nodes.compactMap(\.masterID)).count == 3)
        #expect(nodes.flatMap(\.slots).reduce(0) { $0 + $1.count } == RedisCluster.slotCount)
        let slot = try await cluster.slot(of: "foo")
        #expect(slot == 12_182)
        #expect(try await cluster.master(of: slot).command("SET", "{foo}:shared", "1") == .text("OK"))
    }

    @Test func `A slot moves with its keys, and can be watched half way`() async throws {
        try await RedisCluster.during(replicas: 0) { cluster in
            let slot = try await cluster.slot(of: "{a}")
            let source = try await cluster.master(of: slot)
            for index in 0..<10 { try await source.succeed("SET", "{a}\(index)", "v") }
            let added = try await cluster.addMaster()
            let move = try await cluster.move(slot: slot, to: added)
            try await move.begin()
            #expect(try await move.moveKeys(upTo: 4) == 4)
            let answers = try await source.commands((0..<10).map { ["GET", "{a}\($0)"] })
            #expect(answers.count { $0 == .failure("ASK \(slot) 127.0.0.1:\(added.port)") } == 4)
            #expect(answers.count { $0 == .text("v") } == 6)
            #expect(try await move.moveKeys() == 6)
            try await move.finish()
            try await cluster.waitUntilInOrder()
            #expect(try await cluster.master(of: slot) === added)
            #expect(try await source.command("GET", "{a}1") == .failure("MOVED \(slot) 127.0.0.1:\(added.port)"))
            try await cluster.moveSlot(slot, to: source)
            #expect(try await source.command("GET", "{a}1") == .text("v"))
            try await cluster.waitUntilInOrder()
            try await cluster.forget(added)
            try await cluster.waitUntilInOrder()
            #expect(try await cluster.nodes().count == 3)
        }
    }

    @Test func `A replica takes over from its master, when asked and when it is killed`() async throws {
        try await RedisCluster.during { cluster in
            let first = try await cluster.master(of: 0)
            let second = try await cluster.failOver(first)
            #expect(try await cluster.master(of: 0) === second)
            await cluster.kill(second)
            try await cluster.waitUntilTakenOver(from: second)
            #expect(try await cluster.master(of: 0) === first)
            try await second.restart()
            try await cluster.waitUntilInOrder()
            #expect(try await cluster.replicas(of: first).first === second)
        }
    }
}
