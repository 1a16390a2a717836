/// Works out how many servers and nodes a demand needs.
///
/// Everything is reckoned for the one group that has the hottest key; the others have less to do.
public struct CapacityPlanner: Sendable {
    /// What is asked.
    public let demand: CapacityDemand
    /// What it costs.
    public let costs: UnitCosts

    /// - Throws: ``BenchError`` with what is wrong with the demand.
    public init(_ demand: CapacityDemand, costs: UnitCosts = UnitCosts()) throws(BenchError) {
        try demand.validate()
        self.demand = demand
        self.costs = costs
    }

    var cost: DecisionCost { DecisionCost(demand: demand, costs: costs) }

    /// The plan.
    /// - Throws: ``CapacityLimit`` if no number of servers is enough.
    public func plan() throws(CapacityLimit) -> CapacityPlan {
        switch demand.store {
        case .memory: try memoryPlan()
        case .redis: try redisPlan()
        }
    }

    /// Decisions in a second of the group with the hottest key, of so many groups.
    func rate(groups: Int) -> Double {
        (demand.decisionsPerSecond - demand.hottestRate) / Double(groups) + demand.hottestRate
    }

    /// Connections of clients of each server.
    func connections(servers: Int) -> Double {
        guard let connections = demand.connections else { return CapacityBounds.measuredConnections }
        return (connections / Double(servers)).rounded(.up)
    }

    /// Servers for all connections.
    var serversForConnections: Int {
        Int(((demand.connections ?? 0) / CapacityBounds.connections(demand.transport)).rounded(.up))
    }

    func values() -> [String: Double] {
        Dictionary(uniqueKeysWithValues: UnitCost.allCases.map { ($0.rawValue, costs[$0]) })
    }

    // MARK: Memory

    private func memoryPlan() throws(CapacityLimit) -> CapacityPlan {
        let capacity = Double(demand.cores) * demand.utilisation / cost.transport
        let hottest = min(capacity, demand.utilisation / costs.seconds(.hotDecision))
        guard demand.hottestRate < hottest || demand.hottestShare == 0 else {
            throw CapacityLimit(
                "One key is asked for \(CapacityNumber.text(demand.hottestRate)) times a second, and is in one server, "
                    + "which decides \(CapacityNumber.text(hottest.rounded())) times: give it more --cores, or have "
                    + "its rule borrow from a Redis (--store redis --borrow auto).")
        }
        let rest = demand.decisionsPerSecond - demand.hottestRate
        let needed = rest > 0 ? (rest / (capacity - demand.hottestRate)).rounded(.up) : 1
        let count = max(demand.groups, Int(needed), serversForConnections)
        let rate = rate(groups: count)
        let servers = memoryServer(rate: rate, cells: demand.liveCells / Double(count), of: count)
        let read = cost.transport * demand.commandsAtOnce
        return CapacityPlan(
            demand: demand, liveCells: demand.liveCells, groups: count, groupRate: rate,
            groupCells: demand.liveCells / Double(count), servers: servers, redis: nil, splits: [],
            latency: servers.wait + read, stops: memoryStops(servers, rate, capacity, hottest, count), costs: values())
    }

    private func memoryServer(rate: Double, cells: Double, of count: Int) -> CapacityPlan.Servers {
        let busy = rate * cost.transport / Double(demand.cores)
        let connections = connections(servers: count)
        let wire = cost.clientWire(rate)
        return CapacityPlan.Servers(
            count: 1, secondsPerDecision: cost.transport, utilisation: busy, clientConnections: connections,
            redisConnections: 0,
            bytes: costs[.serverBytes] + cells * cost.cellBytes + connections * cost.connectionBytes,
            bytesIn: wire.from, bytesOut: wire.to,
            wait: WaitingLine(service: cost.transport * demand.commandsAtOnce, utilisation: busy).percentile(99))
    }

    private func memoryStops(
        _ servers: CapacityPlan.Servers, _ rate: Double, _ capacity: Double, _ hottest: Double, _ count: Int
    ) -> [CapacityStop] {
        [
            CapacityStop(
                "decisions of a server", now: rate, most: capacity, .perSecond,
                then: "more cores, or one server more; its callers forget what they had used"),
            CapacityStop(
                "decisions about one key", now: demand.hottestRate, most: hottest, .perSecond,
                then: "--store redis, and let its rule borrow"),
            CapacityStop(
                "live cells of a server", now: demand.liveCells / Double(count), most: CapacityBounds.cells,
                then: "sluice serve --capacity N; each takes \(CapacityNumber.text(cost.cellBytes)) bytes"),
        ].nearestFirst(with: serverStops(servers))
    }

    func serverStops(_ servers: CapacityPlan.Servers) -> [CapacityStop] {
        [
            CapacityStop(
                "clients' connections of a server", now: servers.clientConnections,
                most: CapacityBounds.connections(demand.transport), then: "one server more"),
            CapacityStop(
                "open files of a server", now: servers.descriptors, most: CapacityBounds.descriptors,
                then: "a higher LimitNOFILE"),
        ]
    }
}
