/// Reads what a node tells of its cluster: `CLUSTER SHARDS`, or `CLUSTER SLOTS` of servers before version 7.
///
/// Source: the [cluster commands](https://redis.io/docs/latest/commands/cluster-shards/).
struct ClusterTopologyReply {
    /// The node that was asked. An answer without a host means it.
    var source: NodeAddress
    /// Whether nodes are to be spoken to by TLS, where they have a port of its own for it.
    var isEncrypted: Bool
    /// What clients have to use instead of what nodes announce.
    var addressMap: (NodeAddress) -> NodeAddress

    /// The shards of `CLUSTER SHARDS`, or nil if it is nothing of the kind.
    func shards(_ value: RESPValue) -> [SlotMap.Shard]? {
        guard let elements = value.elements else { return nil }
        var shards: [SlotMap.Shard] = []
        for element in elements {
            guard let slots = element["slots"].flatMap(ranges), let nodes = element["nodes"]?.elements else {
                return nil
            }
            if let shard = shard(slots, nodes) { shards.append(shard) }
        }
        return shards
    }

    /// The shards of `CLUSTER SLOTS`, which has an entry for each range, its master first.
    func slots(_ value: RESPValue) -> [SlotMap.Shard]? {
        guard let entries = value.elements else { return nil }
        var shards: [SlotMap.Shard] = []
        for entry in entries {
            guard let fields = entry.elements, fields.count >= 3, let range = range(fields[0], fields[1]) else {
                return nil
            }
            guard let master = slotsNode(fields[2]) else { continue }
            let replicas = fields.dropFirst(3).compactMap(slotsNode)
            if let index = shards.firstIndex(where: { $0.master == master }) {
                shards[index].slots.append(range)
            } else {
                shards.append(SlotMap.Shard(slots: [range], master: master, replicas: replicas))
            }
        }
        return shards
    }

    // MARK: CLUSTER SHARDS

    /// The master is the node that says so and lives. One that has failed is better than none: only it may know
    /// whether it is back. A shard whose nodes have no address that anybody knows is left out.
    private func shard(_ slots: [ClosedRange<HashSlot>], _ nodes: [RESPValue]) -> SlotMap.Shard? {
        let masters = nodes.filter { $0["role"]?.text == "master" }
        let best = masters.first { $0["health"]?.text == "online" } ?? masters.first { $0["health"]?.text == "loading" }
        guard let master = best ?? masters.first, let address = shardsNode(master) else { return nil }
        let replicas = nodes.filter { $0["role"]?.text != "master" && $0["health"]?.text == "online" }
        return SlotMap.Shard(slots: slots, master: address, replicas: replicas.compactMap(shardsNode))
    }

    private func shardsNode(_ node: RESPValue) -> NodeAddress? {
        let port = isEncrypted ? node["tls-port"]?.integer : node["port"]?.integer
        return address(node["endpoint"], port: port, substitute: node["ip"]?.text)
    }

    private func ranges(_ value: RESPValue) -> [ClosedRange<HashSlot>]? {
        guard let bounds = value.elements, bounds.count.isMultiple(of: 2) else { return nil }
        var ranges: [ClosedRange<HashSlot>] = []
        for index in stride(from: 0, to: bounds.count, by: 2) {
            guard let range = range(bounds[index], bounds[index + 1]) else { return nil }
            ranges.append(range)
        }
        return ranges
    }

    // MARK: CLUSTER SLOTS

    /// Endpoint, port, node id and, since version 7, a list of further addresses. The port is that of the kind of
    /// connection that asked.
    private func slotsNode(_ node: RESPValue) -> NodeAddress? {
        guard let fields = node.elements, fields.count >= 2 else { return nil }
        return address(fields[0], port: fields[1].integer, substitute: fields.count > 3 ? fields[3]["ip"]?.text : nil)
    }

    // MARK: Both

    private func range(_ lower: RESPValue, _ upper: RESPValue) -> ClosedRange<HashSlot>? {
        guard let lower = slot(lower), let upper = slot(upper), lower <= upper else { return nil }
        return lower...upper
    }

    private func slot(_ value: RESPValue) -> HashSlot? {
        value.integer.flatMap { Int(exactly: $0) }.flatMap { HashSlot($0) }
    }

    /// Nothing or an empty host is the host that was asked; `?` is a host name that the node was never given.
    private func address(_ endpoint: RESPValue?, port: Int64?, substitute: String?) -> NodeAddress? {
        guard let port, port > 0, port <= 65_535 else { return nil }
        switch endpoint?.text {
        case nil, "":
            guard case .tcp(let host, _) = source else { return nil }
            return .tcp(host: host, port: Int(port))
        case "?":
            guard let substitute, !substitute.isEmpty else { return nil }
            return addressMap(.tcp(host: substitute, port: Int(port)))
        case .some(let host): return addressMap(.tcp(host: host, port: Int(port)))
        }
    }
}
