import NIOCore
import RedisServers
import Testing

@testable import RESP

@Suite("A client of a real cluster")
struct RealClusterTests {
    private func configuration(_ cluster: RedisCluster) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: cluster.url + "?cluster=yes")
        configuration.commandTimeout = .seconds(20)
        return configuration
    }

    /// A text of each slot; in braces it makes any key one of that slot.
    private static let tags: [String] = {
        var tags: [String?] = Array(repeating: nil, count: HashSlot.count)
        var missing = tags.count
        var number = 0
        while missing > 0 {
            let slot = Int(HashSlot(key: "\(number)").rawValue)
            if tags[slot] == nil {
                tags[slot] = "\(number)"
                missing -= 1
            }
            number += 1
        }
        return tags.compactMap { $0 }
    }()

    // MARK: A cluster in order

    @Test("places keys as the cluster does")
    func slots() async throws {
        let cluster = try await RedisCluster.shared()
        var random = SeededGenerator(seed: SeededGenerator.freshSeed("key slots"))
        let letters = Array("{}ab")
        for _ in 0..<300 {
            let key = String((0..<random.number(0...8)).map { _ in letters[random.number(0...3)] })
            #expect(try await cluster.slot(of: key) == Int(HashSlot(key: key).rawValue), "\(key)")
        }
    }

    @Test("reaches every slot, with answers in the order of the commands")
    func everySlot() async throws {
        let cluster = try await RedisCluster.shared()
        try await RedisClient.during(try configuration(cluster)) { client in
            for first in stride(from: 0, to: HashSlot.count, by: 4_096) {
                let keys = Self.tags[first..<(first + 4_096)].map { "every:{\($0)}" }
                let written = await client.execute(keys.map { Redis.SET($0, $0) }, timeout: .seconds(60))
                let failure = written.lazy.compactMap { result -> RedisError? in
                    guard case .failure(let error) = result else { return nil }
                    return error
                }.first
                #expect(failure == nil)
                let read = await client.execute(keys.map { Redis.GET($0) }, timeout: .seconds(60))
                #expect(read.map { try? $0.get() } == keys.map { ByteBuffer(string: $0) })
            }
        }
    }

    @Test("refuses a command whose keys lie in several slots, as the cluster would")
    func crossSlot() async throws {
        let cluster = try await RedisCluster.shared()
        try await RedisClient.during(try configuration(cluster)) { client in
            let error = await #expect(throws: RedisError.self) { try await client.execute(Redis.DEL(["a", "b"])) }
            #expect(error?.code == .rejected && error?.reply?.code == "CROSSSLOT")
            let deleted = try await client.execute(Redis.DEL(["none:{x}1", "none:{x}2"]))
            #expect(deleted == 0)
            let both = await client.execute([Redis.DEL(["a", "b"]), Redis.DEL(["none:{x}1"])])
            #expect(both.map { try? $0.get() } == [nil, 0])
        }
    }

    @Test("needs to know no more than one node")
    func oneSeed() async throws {
        let cluster = try await RedisCluster.shared()
        var configuration = try configuration(cluster)
        // A replica knows where everything is, too.
        configuration.addresses = [try #require(configuration.addresses.last)]
        try await RedisClient.during(configuration) { client in
            for tag in Self.tags.prefix(100) { try await client.execute(Redis.SET("one:{\(tag)}", tag)) }
        }
    }

    // MARK: A cluster that changes

    @Test("loses and repeats nothing while a slot with many keys moves under load")
    func movingSlot() async throws {
        try await RedisCluster.during(replicas: 0, nodeTimeout: .seconds(15)) { cluster in
            try await RedisClient.during(try configuration(cluster)) { client in
                let keys = (0..<40).map { "{moving}:\($0)" }
                let slot = try await cluster.slot(of: keys[0])
                let counters = LoadedCounters(client, keys: keys)
                let source = try await cluster.master(of: slot)
                let destination = try #require(cluster.servers.first { $0 !== source })
                try await counters.load(timeout: .seconds(30)) {
                    try await eventually("callers have begun") { counters.done > 200 }
                    let move = try await cluster.move(slot: slot, to: destination)
                    try await move.begin()
                    while try await move.moveKeys(upTo: 5) > 0 {
                        let done = counters.done
                        try await eventually("callers go on") { counters.done > done + 20 }
                    }
                    try await move.finish()
                    try await eventually("all lanes know the new node") {
                        try await client.ports(for: keys[0]).allSatisfy { $0 == destination.port }
                    }
                }
                for key in keys {
                    let tally = counters.tally(key)
                    let stored = try await client.execute(Redis.GET(key)).map { String(buffer: $0) }
                    #expect(tally.doubtful == 0 && tally.refused == 0, "\(key): \(String(describing: tally.lastError))")
                    #expect(stored == "\(tally.done)", "\(key)")
                }
            }
        }
    }

    @Test("goes on with the replica of a master that was killed, and counts nothing twice")
    func killedMaster() async throws {
        try await RedisCluster.during { cluster in
            try await RedisClient.during(try configuration(cluster)) { client in
                let keys = (0..<12).map { "{killed\($0)}" }
                let counters = LoadedCounters(client, keys: keys)
                let victim = try await cluster.master(of: try await cluster.slot(of: keys[0]))
                let slotsOfVictim = try await cluster.nodes().first { $0.port == victim.port }?.slots ?? []
                try await counters.load(timeout: .seconds(5)) {
                    try await eventually("callers have begun") { counters.done > 200 }
                    try await victim.waitForReplicas()
                    await cluster.kill(victim)
                    try await cluster.waitUntilTakenOver(from: victim)
                    try await eventually("no lane sends to the dead node any more") {
                        try await !client.connectedPorts().contains(victim.port)
                    }
                    for key in keys {
                        let done = counters.tally(key).done
                        try await eventually("callers go on with \(key)") { counters.tally(key).done > done }
                    }
                }
                for key in keys {
                    let tally = counters.tally(key)
                    let slot = try await cluster.slot(of: key)
                    let stored = try #require(try await client.execute(Redis.GET(key)))
                    let count = try #require(Int(String(buffer: stored)))
                    // What was acknowledged in the master's last moments may not have reached its replica: less is
                    // possible there, more than was ever asked for is not.
                    #expect(count <= tally.done + tally.doubtful, "\(key)")
                    if !slotsOfVictim.contains(where: { $0.contains(slot) }) {
                        #expect(count >= tally.done, "\(key)")
                    }
                }
            }
        }
    }

    @Test("goes on with the replica of a master that stands still, and follows redirects when that wakes up")
    func hangingMaster() async throws {
        try await RedisCluster.during { cluster in
            var configuration = try configuration(cluster)
            configuration.commandTimeout = .milliseconds(500)
            try await RedisClient.during(configuration) { client in
                let key = "{hanging}"
                let victim = try await cluster.master(of: try await cluster.slot(of: key))
                try await eventually("the client works") {
                    try await client.execute(Redis.SET(key, "1"))
                    return true
                }
                victim.pause()
                try await eventually("the replica takes its requests", within: .seconds(180)) {
                    try await client.execute(Redis.SET(key, "2"))
                    return true
                }
                victim.resume()
                try await cluster.waitUntilInOrder()
                #expect(try await client.execute(Redis.GET(key)) == ByteBuffer(string: "2"))
            }
        }
    }

    @Test("reaches nodes that announce addresses which only they can use")
    func addressMap() async throws {
        let cluster = try await RedisCluster.shared()
        var proxies: [NodeAddress: NodeAddress] = [:]
        var started: [TCPProxy] = []
        for server in cluster.servers {
            let proxy = try await TCPProxy.start(to: server.port)
            started.append(proxy)
            proxies[.tcp(host: "127.0.0.1", port: server.port)] = .tcp(host: "127.0.0.1", port: proxy.port)
        }
        var settings = RedisTopologySettings()
        settings.addressMap = { [proxies] address in proxies[address] ?? address }
        var configuration = try configuration(cluster)
        configuration.addresses = [.tcp(host: "127.0.0.1", port: try #require(started.first).port)]
        try await RedisClient.during(configuration, settings: settings) { client in
            let written = await client.execute(Self.tags.prefix(300).map { Redis.SET("nat:{\($0)}", $0) })
            #expect(written.allSatisfy { (try? $0.get()) != nil })
            let ports = try await client.connectedPorts()
            #expect(ports.isSubset(of: started.map(\.port)) && ports.count >= 3)
        }
        for proxy in started { try await proxy.stop() }
    }

    @Test("uses a node that is added, and lets go of one that is removed")
    func addedAndRemoved() async throws {
        try await RedisCluster.during(replicas: 0, nodeTimeout: .seconds(15)) { cluster in
            try await RedisClient.during(try configuration(cluster)) { client in
                let key = "{added}"
                let slot = try await cluster.slot(of: key)
                let home = try await cluster.master(of: slot)
                let newcomer = try await cluster.addMaster()
                try await client.execute(Redis.SET(key, "kept"))
                try await cluster.moveSlot(slot, to: newcomer)
                #expect(try await client.execute(Redis.GET(key)) == ByteBuffer(string: "kept"))
                try await eventually("lanes use the new node") {
                    _ = try await client.execute(Redis.GET(key))
                    return try await client.ports(for: key).contains(newcomer.port)
                }
                try await cluster.moveSlot(slot, to: home)
                try await cluster.forget(newcomer)
                try await eventually("lanes let go of the removed node") {
                    _ = try? await client.execute(Redis.GET(key))
                    return try await !client.connectedPorts().contains(newcomer.port)
                }
                #expect(try await client.execute(Redis.GET(key)) == ByteBuffer(string: "kept"))
            }
        }
    }

    @Test("finds the cluster again after all of its nodes were away")
    func allAway() async throws {
        try await RedisCluster.during(replicas: 0, nodeTimeout: .seconds(15)) { cluster in
            try await RedisClient.during(try configuration(cluster)) { client in
                try await client.execute(Redis.SET("away", "1"))
                for server in cluster.servers { await server.kill() }
                await #expect(throws: RedisError.self) { try await client.execute(Redis.SET("away", "2")) }
                for server in cluster.servers { try await server.restart() }
                try await cluster.waitUntilInOrder()
                try await eventually("the client works again") {
                    try await client.execute(Redis.SET("away", "3"))
                    return true
                }
            }
        }
    }
}
