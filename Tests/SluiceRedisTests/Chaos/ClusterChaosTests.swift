import RedisServers
import SluiceRedis
import Testing

/// A cluster whose masters die, whose replicas take over, and whose slots move, under load.
@Suite("When a cluster", .serialized, .timeLimit(.minutes(10)))
struct ClusterChaosTests {
    private func chaos(
        on cluster: RedisCluster, forgotten: Int = 0, do body: (ChaosLoad) async throws -> Void
    ) async throws -> ChaosOutcome {
        let outcome = try await ChaosLoad.run(on: RedisStore(cluster: cluster.url), while: body)
        #expect(outcome.chargedTwice == 0, "\(outcome)")
        #expect(outcome.breach(forgotten: forgotten) == nil, "\(outcome)")
        return outcome
    }

    /// The slots on a master in which there are keys.
    private func usedSlots(of master: RedisServer) async throws -> [Int] {
        let keys = try await master.succeed("KEYS", "*").list.compactMap(\.text)
        let slots = try await master.commands(keys.map { ["CLUSTER", "KEYSLOT", $0] }).compactMap(\.number)
        return Set(slots).sorted()
    }

    @Test func `loses a master, its replica goes on with what it was told`() async throws {
        try await RedisCluster.during { cluster in
            let outcome = try await chaos(on: cluster, forgotten: 1) { load in
                let master = try await cluster.master(of: 0)
                await cluster.kill(master)
                try await load.waitForDegraded()
                try await cluster.waitUntilTakenOver(from: master)
                try await load.waitForDecisions(400)
                try await master.restart()
                try await cluster.waitUntilInOrder()
            }
            #expect(outcome.degraded > 0)
            // What the dead master acknowledged and had not passed on yet: docs/redis.md tells how much that can be.
            print("killed master: \(outcome)")
        }
    }

    @Test func `hands over to a replica in good order, nothing is lost`() async throws {
        try await RedisCluster.during { cluster in
            let outcome = try await chaos(on: cluster) { load in
                for slot in [0, 8_000, 16_000] {
                    try await cluster.failOver(try await cluster.master(of: slot))
                    try await load.waitForDecisions(200)
                }
            }
            #expect(outcome.lost == 0, "\(outcome)")
        }
    }

    @Test func `moves slots to a new master and back, nothing is lost`() async throws {
        try await RedisCluster.during(replicas: 0) { cluster in
            let outcome = try await chaos(on: cluster) { load in
                try await load.waitForDecisions(500)
                let added = try await cluster.addMaster()
                var origins: [Int: RedisServer] = [:]
                for master in cluster.servers where master !== added {
                    for slot in try await usedSlots(of: master).prefix(2) { origins[slot] = master }
                }
                #expect(origins.count == 6)
                for slot in origins.keys.sorted() {
                    try await cluster.moveSlot(slot, to: added)
                }
                try await load.waitForDecisions(300)
                for (slot, master) in origins.sorted(by: { $0.key < $1.key }) {
                    try await cluster.moveSlot(slot, to: master)
                }
                try await load.waitForDecisions(300)
                try await cluster.waitUntilInOrder()
                try await cluster.forget(added)
                try await load.waitForDecisions(300)
            }
            #expect(outcome.lost == 0, "\(outcome)")
        }
    }

    @Test func `has a slot half way for a while, its keys are decided where they are`() async throws {
        try await RedisCluster.during(replicas: 0) { cluster in
            let outcome = try await chaos(on: cluster) { load in
                try await load.waitForDecisions(500)
                let source = try await cluster.master(of: 0)
                let destination = try await cluster.master(of: 16_000)
                let slot = try #require(try await usedSlots(of: source).first)
                let move = try await cluster.move(slot: slot, to: destination)
                try await move.begin()
                _ = try await move.moveKeys(upTo: 3)
                try await load.waitForDecisions(500)
                repeat {} while try await move.moveKeys(upTo: 3) > 0
                try await move.finish()
            }
            #expect(outcome.lost == 0, "\(outcome)")
        }
    }
}
