import Testing

@testable import RESP

@Suite("Replies that tell a cluster's topology")
struct ClusterTopologyReplyTests {
    private let source = NodeAddress.tcp(host: "asked", port: 1)

    private func reader(isEncrypted: Bool = false) -> ClusterTopologyReply {
        ClusterTopologyReply(source: source, isEncrypted: isEncrypted) { $0 }
    }

    private func range(_ lower: Int, _ upper: Int) throws -> ClosedRange<HashSlot> {
        try #require(HashSlot(lower))...(try #require(HashSlot(upper)))
    }

    /// A map as version 3 sends it, or flattened as version 2 does.
    private func map(_ entries: KeyValuePairs<String, RESPValue>, _ version: RESPVersion) -> RESPValue {
        switch version {
        case .three: .map(entries.map { RESPValue.Pair(.bulk($0.key), $0.value) })
        case .two: .array(entries.flatMap { [.bulk($0.key), $0.value] })
        }
    }

    private func node(
        _ endpoint: RESPValue?, port: Int64? = 7_000, tlsPort: Int64? = nil, ip: String = "10.0.0.1",
        role: String = "master", health: String = "online", _ version: RESPVersion = .three
    ) -> RESPValue {
        var entries: [(String, RESPValue)] = [("id", .bulk("07c3")), ("ip", .bulk(ip))]
        if let endpoint { entries.append(("endpoint", endpoint)) }
        if let port { entries.append(("port", .integer(port))) }
        if let tlsPort { entries.append(("tls-port", .integer(tlsPort))) }
        entries += [("role", .bulk(role)), ("replication-offset", .integer(72)), ("health", .bulk(health))]
        switch version {
        case .three: return .map(entries.map { RESPValue.Pair(.bulk($0.0), $0.1) })
        case .two: return .array(entries.flatMap { [.bulk($0.0), $0.1] })
        }
    }

    private func shard(_ slots: [Int64], _ nodes: [RESPValue], _ version: RESPVersion = .three) -> RESPValue {
        map(["slots": .array(slots.map { .integer($0) }), "nodes": .array(nodes)], version)
    }

    private func master(of nodes: [RESPValue], isEncrypted: Bool = false) -> NodeAddress? {
        reader(isEncrypted: isEncrypted).shards(.array([shard([0, 1], nodes)]))?.first?.master
    }

    @Test("are read in both versions of the protocol", arguments: [RESPVersion.two, .three])
    func versions(version: RESPVersion) throws {
        let reply = RESPValue.array([
            shard(
                [0, 5, 10, 10],
                [
                    node(.bulk("10.0.0.2"), role: "replica", version), node(.bulk("10.0.0.1"), version),
                ], version),
            shard([6, 9], [node(.bulk("10.0.0.3"), port: 7_002, version)], version),
            shard([], [node(.bulk("10.0.0.4"), version)], version),
        ])
        let shards = try #require(reader().shards(reply))
        #expect(
            shards.map(\.master) == [
                .tcp(host: "10.0.0.1", port: 7_000), .tcp(host: "10.0.0.3", port: 7_002),
                .tcp(host: "10.0.0.4", port: 7_000),
            ])
        #expect(try shards[0].slots == [range(0, 5), range(10, 10)] && shards[1].slots == [range(6, 9)])
        #expect(shards[0].replicas == [.tcp(host: "10.0.0.2", port: 7_000)] && shards[2].slots.isEmpty)
    }

    @Test("name the host that was asked when they name none")
    func noEndpoint() {
        let asked = NodeAddress.tcp(host: "asked", port: 7_000)
        #expect(master(of: [node(.null)]) == asked)
        #expect(master(of: [node(.bulk(""))]) == asked)
        #expect(master(of: [node(nil)]) == asked)
        #expect(master(of: [node(.bulk("node.example"))]) == .tcp(host: "node.example", port: 7_000))
    }

    @Test("fall back to the address of a node whose host name nobody told")
    func unknownHost() {
        #expect(master(of: [node(.bulk("?"))]) == .tcp(host: "10.0.0.1", port: 7_000))
        #expect(master(of: [node(.bulk("?"), ip: "")]) == nil)
    }

    @Test("give the port of the kind of connection")
    func ports() {
        let both = node(.bulk("h"), port: 7_000, tlsPort: 7_100)
        #expect(master(of: [both]) == .tcp(host: "h", port: 7_000))
        #expect(master(of: [both], isEncrypted: true) == .tcp(host: "h", port: 7_100))
        #expect(master(of: [node(.bulk("h"))], isEncrypted: true) == nil)
        #expect(master(of: [node(.bulk("h"), port: nil, tlsPort: 7_100)]) == nil)
        #expect(master(of: [node(.bulk("h"), port: 0)]) == nil && master(of: [node(.bulk("h"), port: 65_536)]) == nil)
    }

    @Test("prefer the master that lives")
    func health() {
        let failed = node(.bulk("failed"), health: "failed")
        let loading = node(.bulk("loading"), health: "loading")
        let online = node(.bulk("online"))
        let replica = node(.bulk("replica"), role: "replica")
        #expect(master(of: [failed, loading, replica, online]) == .tcp(host: "online", port: 7_000))
        #expect(master(of: [failed, replica, loading]) == .tcp(host: "loading", port: 7_000))
        #expect(master(of: [replica, failed]) == .tcp(host: "failed", port: 7_000))
        #expect(master(of: [replica]) == nil)
    }

    @Test("pass through the address map, save for the host that was asked")
    func addressMap() {
        let reader = ClusterTopologyReply(source: source, isEncrypted: false) { _ in .tcp(host: "outside", port: 9) }
        let nodes = [node(.bulk("10.0.0.1")), node(.bulk("10.0.0.2"), role: "replica")]
        let shards = reader.shards(.array([shard([0, 1], nodes), shard([2, 3], [node(.null)])]))
        #expect(shards?.map(\.master) == [.tcp(host: "outside", port: 9), .tcp(host: "asked", port: 7_000)])
        #expect(shards?.first?.replicas == [.tcp(host: "outside", port: 9)])
    }

    @Test("of servers before version 7 are read too, with ranges gathered by master")
    func slots() throws {
        func node(_ host: RESPValue, _ port: Int64, _ more: RESPValue? = nil) -> RESPValue {
            .array([host, .integer(port), .bulk("id")] + (more.map { [$0] } ?? []))
        }
        let meta = RESPValue.array([.bulk("ip"), .bulk("10.0.0.5")])
        let reply = RESPValue.array([
            .array([.integer(0), .integer(5), node(.bulk("10.0.0.1"), 1), node(.bulk("10.0.0.2"), 2)]),
            .array([.integer(6), .integer(9), node(.null, 3)]),
            .array([.integer(10), .integer(12), node(.bulk("10.0.0.1"), 1)]),
            .array([.integer(13), .integer(14), node(.bulk("?"), 5, meta)]),
            .array([.integer(15), .integer(16), node(.bulk("?"), 5)]),
        ])
        let shards = try #require(reader().slots(reply))
        #expect(
            shards.map(\.master) == [
                .tcp(host: "10.0.0.1", port: 1), .tcp(host: "asked", port: 3), .tcp(host: "10.0.0.5", port: 5),
            ])
        #expect(shards[0].slots == [try range(0, 5), try range(10, 12)])
        #expect(shards[0].replicas == [.tcp(host: "10.0.0.2", port: 2)])
    }

    @Test(
        "that are nonsense are nothing",
        arguments: [
            .null, .integer(1), .simple("OK"), .array([.integer(1)]), .array([.array([.bulk("slots")])]),
            .array([.map([.init(.bulk("slots"), .array([]))])]),
            .array([.map([.init(.bulk("slots"), .array([.integer(1)])), .init(.bulk("nodes"), .array([]))])]),
            .array([
                .map([.init(.bulk("slots"), .array([.integer(5), .integer(1)])), .init(.bulk("nodes"), .array([]))])
            ]),
            .array([
                .map([
                    .init(.bulk("slots"), .array([.integer(0), .integer(16_384)])), .init(.bulk("nodes"), .array([])),
                ])
            ]),
            .array([.array([.integer(-1), .integer(3), .array([.null, .integer(1)])])]),
        ] as [RESPValue])
    func nonsense(value: RESPValue) {
        #expect(reader().shards(value) == nil)
        #expect(reader().slots(value) == nil)
    }

    @Test("from nowhere near a host cannot leave it out")
    func unixSource() {
        let reader = ClusterTopologyReply(source: .unix(path: "/r"), isEncrypted: false) { $0 }
        #expect(reader.shards(.array([shard([0, 1], [node(.null)])])) == [])
    }
}
