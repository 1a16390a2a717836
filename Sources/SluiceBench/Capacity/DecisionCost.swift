/// What one decision of a demand costs, from the costs of its parts.
struct DecisionCost {
    let demand: CapacityDemand
    let costs: UnitCosts

    private var further: Double { Double(demand.rules - 1) }

    /// Seconds of an event loop for what a client sends at once.
    var read: Double {
        demand.transport == .resp ? costs.seconds(.respRead) : 0
    }

    /// Seconds of an event loop for each decision of it, without its share of the read, and without Redis.
    var command: Double {
        let first =
            switch demand.transport {
            case .resp: costs.seconds(.respDecision)
            case .http: costs.seconds(.httpRequest)
            case .grpc: costs.seconds(.grpcCall)
            }
        return first + costs.seconds(.rule) * further
    }

    /// Seconds of an event loop for a decision without Redis.
    var transport: Double { read / demand.commandsAtOnce + command }

    /// Seconds of an event loop for a decision by what was borrowed.
    var borrowed: Double { transport + costs.seconds(.borrowed) }

    /// Requests to Redis for a decision: in a cluster one for each place.
    func requests(isCluster: Bool) -> Double { isCluster ? Double(demand.places) : 1 }

    /// Seconds of an event loop for a decision on Redis.
    func server(perCall: Double, isCluster: Bool) -> Double {
        let asked = costs.seconds(.redisClient) + costs.seconds(.redisClientCall) / perCall
        return transport + asked * requests(isCluster: isCluster)
    }

    /// Seconds of Redis for what a decision is, calls left out.
    var redisWork: Double {
        let (places, rules) = (Double(demand.places), Double(demand.rules))
        let times = 1 + costs[.redisPlace] * (places - 1) + costs[.redisRule] * (rules - places)
        return costs.seconds(.redisDecision) * times
    }

    /// Seconds of Redis for a decision.
    func redis(perCall: Double, isCluster: Bool) -> Double {
        redisWork + costs.seconds(.redisCall) / perCall * requests(isCluster: isCluster)
    }

    /// Seconds of Redis for a call that carries so many requests.
    func call(perCall: Double, isCluster: Bool) -> Double {
        costs.seconds(.redisCall) + redisWork / requests(isCluster: isCluster) * perCall
    }

    // MARK: Memory

    /// Bytes of a server for a cell and its list.
    var cellBytes: Double {
        guard demand.algorithm.keepsList else { return costs[.cellBytes] }
        let entry = costs[demand.algorithm == .slidingLog ? .logEntryBytes : .leaseBytes]
        // Chunks of 64 bytes, 60 of which hold entries: `LogSlab`.
        let chunks = (Double(demand.entries) * entry / 60).rounded(.up)
        return costs[.cellBytes] + chunks * 64
    }

    /// Bytes of Redis for a cell, or for the list that stands in its place, without its bucket.
    var redisCellBytes: Double {
        switch demand.algorithm {
        case .slidingLog: costs[.redisLogBytes] + Double(demand.entries) * costs[.redisLogEntryBytes]
        case .concurrency: costs[.redisLogBytes] + Double(demand.entries) * costs[.redisLeaseBytes]
        default: costs[.redisCellBytes]
        }
    }

    /// Bytes of an open connection of a client.
    var connectionBytes: Double {
        switch demand.transport {
        case .resp: costs[.respConnectionBytes]
        case .http: costs[.httpConnectionBytes]
        case .grpc: costs[.grpcConnectionBytes]
        }
    }

    // MARK: The wire

    /// Bytes in a second of so many messages with so many bytes, heads of packets included.
    func wire(messages: Double, bytes: Double) -> Double {
        guard messages > 0 else { return 0 }
        let packets = max(1, (bytes / messages / CapacityBounds.packetContent).rounded(.up))
        return bytes + messages * packets * costs[.packetBytes]
    }

    /// Bytes in a second from and to clients for so many decisions in a second.
    func clientWire(_ rate: Double) -> (from: Double, to: Double) {
        let (request, reply): (UnitCost, UnitCost) =
            switch demand.transport {
            case .resp: (.respRequestBytes, .respReplyBytes)
            case .http: (.httpRequestBytes, .httpReplyBytes)
            case .grpc: (.grpcRequestBytes, .grpcReplyBytes)
            }
        let messages = rate / demand.commandsAtOnce
        return (
            wire(messages: messages, bytes: rate * (costs[request] + Double(demand.keyBytes))),
            wire(messages: messages, bytes: rate * costs[reply])
        )
    }

    /// Bytes in a second to and from Redis for so many decisions in a second.
    func redisWire(_ rate: Double, perCall: Double, isCluster: Bool) -> (to: Double, from: Double) {
        let requests = rate * requests(isCluster: isCluster)
        let (calls, charges) = (requests / perCall, rate * Double(demand.rules))
        return (
            wire(messages: calls, bytes: calls * costs[.redisCallBytes] + charges * costs[.redisChargeBytes]),
            wire(messages: calls, bytes: calls * costs[.redisAnswerBytes] + charges * costs[.redisVerdictBytes])
        )
    }

    /// Bytes in a second that each of so many nodes of a cluster sends: a ping to every other node within half of the
    /// time after which a node is taken for dead, one more a second, and an answer to each that it gets.
    ///
    /// Source: the section on heartbeats of the Redis Cluster specification; a ping tells of a tenth of the nodes.
    func bus(nodes: Double) -> Double {
        guard nodes > 1 else { return 0 }
        let pings = 2 * (nodes - 1) / CapacityBounds.nodeTimeout + 1
        let told = max(3, (nodes / 10).rounded(.down))
        return wire(messages: 2 * pings, bytes: 2 * pings * (costs[.busHeadBytes] + told * costs[.busGossipBytes]))
    }
}
