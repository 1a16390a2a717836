import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import RESP

/// A lane among fake servers, and what became of its requests.
final class LaneTrial {
    let servers = FakeServers()
    let lane: RedisLane
    /// What each request came to, in the order in which they were sent.
    private(set) var outcomes: [Result<RESPValue, RedisError>?] = []
    /// What `CLUSTER SHARDS` answers.
    var layout: [(slots: ClosedRange<Int>, master: NodeAddress)] = []
    /// What a server answers to a command with a key, before its own name becomes the answer.
    var scripted: [NodeAddress: [String]] = [:]
    /// Servers that do not answer commands with keys.
    var silent: Set<NodeAddress> = []

    static let a = NodeAddress.tcp(host: "10.0.0.1", port: 1)
    static let b = NodeAddress.tcp(host: "10.0.0.2", port: 2)
    static let c = NodeAddress.tcp(host: "10.0.0.3", port: 3)
    static let seed = NodeAddress.tcp(host: "seed", port: 4)

    init(
        _ topology: RedisConfiguration.Topology = .cluster, at addresses: [NodeAddress] = [LaneTrial.seed],
        settings change: (inout RedisTopologySettings) -> Void = { _ in }
    ) {
        var configuration = RedisConfiguration(addresses: addresses)
        configuration.topology = topology
        configuration.version = .two
        var settings = RedisTopologySettings()
        settings.jitter = 0
        change(&settings)
        var logger = Logger(label: "trial")
        logger.logLevel = .critical
        lane = RedisLane(
            configuration, settings: settings, eventLoop: servers.loop, logger: logger, connector: servers,
            randomSeed: 7)
        servers.answer = { [unowned self] in answer($0, $1) }
    }

    /// A cluster of two masters whose map is known.
    static func cluster(settings change: (inout RedisTopologySettings) -> Void = { _ in }) -> LaneTrial {
        let trial = LaneTrial(settings: change)
        trial.layout = [(0...99, a), (100...16_383, b)]
        trial.start()
        return trial
    }

    func start() {
        lane.start()
        servers.settle()
    }

    /// Sends `GET` for a key that is named after its slot.
    @discardableResult
    func send(slot: Int? = 5, milliseconds: Int64 = 100) -> Int {
        let index = outcomes.count
        outcomes.append(nil)
        lane.send(
            Redis.GET("in-\(slot ?? -1)").encoded(), slot: slot.flatMap { HashSlot($0) },
            deadline: servers.loop.now + .milliseconds(milliseconds)
        ) { [unowned self] result in
            #expect(outcomes[index] == nil, "completed twice")
            outcomes[index] = result
        }
        servers.settle()
        return index
    }

    /// The text of an answer or of a refusal, or an error's code.
    func outcome(_ index: Int) -> String? {
        switch outcomes[index] {
        case nil: nil
        case .success(.error(let reply)): reply.text
        case .success(let value): value.text
        case .failure(let error): error.code.description
        }
    }

    func error(_ index: Int) -> RedisError? {
        guard case .failure(let error) = outcomes[index] else { return nil }
        return error
    }

    func route(_ slot: Int) -> NodeAddress? { lane.node(for: HashSlot(slot))?.node.address }

    private func answer(_ node: NodeAddress, _ words: [String]) -> String? {
        if words == ["CLUSTER", "SHARDS"] { return layout.isEmpty ? "-ERR no cluster\r\n" : Self.shards(layout) }
        if words == ["CLUSTER", "SLOTS"] { return "-ERR no cluster\r\n" }
        if words == ["ASKING"] { return "+OK\r\n" }
        if let reply = scripted[node]?.first {
            scripted[node]?.removeFirst()
            return reply
        }
        return silent.contains(node) ? nil : "+\(node)\r\n"
    }

    static func shards(_ layout: [(slots: ClosedRange<Int>, master: NodeAddress)]) -> String {
        let shards = layout.map { slots, master in
            guard case .tcp(let host, let port) = master else { return "" }
            let node =
                "*8\r\n\(bulk("endpoint"))\(bulk(host))\(bulk("port")):\(port)\r\n\(bulk("role"))\(bulk("master"))"
            let health = "\(bulk("health"))\(bulk("online"))"
            let range = "*2\r\n:\(slots.lowerBound)\r\n:\(slots.upperBound)\r\n"
            return "*4\r\n\(bulk("slots"))\(range)\(bulk("nodes"))*1\r\n\(node)\(health)"
        }
        return "*\(shards.count)\r\n\(shards.joined())"
    }

    static func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }
}
