extension CapacityPlanner {
    /// The sizes of a group.
    private struct Sizes {
        var rate: Double
        var servers: Int
        var group: RedisGroup
        var balance: RedisGroup.Balance
        /// Seconds of all event loops in a second.
        var serverLoad: Double
    }

    private var isBorrowed: Bool { demand.borrowing != .none }

    /// Decisions in a second about one key that Redis makes, at most.
    private var hottestOnRedis: Double {
        demand.utilisation / cost.redis(perCall: Double(CapacityBounds.requestsPerCall), isCluster: true)
    }

    /// Seconds of Redis for a decision by what was borrowed.
    private var grantingSeconds: Double {
        switch demand.borrowing {
        case .none: 0
        case .auto: costs.seconds(.redisBorrowed)
        // Nobody else may ask at that moment.
        case .units(let units): cost.call(perCall: 1, isCluster: true) / Double(units)
        }
    }

    func redisPlan() throws(CapacityLimit) -> CapacityPlan {
        try checkHottest()
        var groups = leastGroups
        while groups < 1_000_000 {
            if let sizes = sizes(groups: groups) { return plan(groups, sizes) }
            groups += max(1, groups / 64)
        }
        throw CapacityLimit("No million of clusters is enough for that: look at --rate and --costs.")
    }

    private func checkHottest() throws(CapacityLimit) {
        let (rate, most) = (demand.hottestRate, hottestOnRedis)
        if !isBorrowed, rate > most {
            throw CapacityLimit(
                "One key is asked for \(CapacityNumber.text(rate)) times a second; it lies on one master, whose one "
                    + "core decides \(CapacityNumber.text(most.rounded())) times, whatever else there is: let its rule "
                    + "borrow (--borrow auto).")
        }
        if isBorrowed, rate * grantingSeconds > demand.utilisation {
            throw CapacityLimit(
                "One key is asked for \(CapacityNumber.text(rate)) times a second; granting so many units takes more "
                    + "than one core of Redis: borrow more at a time (--borrow).")
        }
    }

    /// Fewer groups cannot be enough: for their cells, or for what masters do that are busy with full calls.
    private var leastGroups: Int {
        let cells = (demand.liveCells / CapacityBounds.cellsOfPrefix).rounded(.up)
        let rest = demand.decisionsPerSecond - demand.hottestRate
        let full = cost.redis(perCall: Double(CapacityBounds.requestsPerCall), isCluster: true)
        let work = (rest * full * HashTags.busiestShare(masters: HashTags.count) / demand.utilisation).rounded(.down)
        return max(demand.groups, Int(cells), Int(work))
    }

    /// Servers and masters of a group; `nil` if no cluster can take so much.
    private func sizes(groups: Int) -> Sizes? {
        let rate = rate(groups: groups)
        let borrowed = isBorrowed ? demand.hottestRate : 0
        let forConnections = (Double(serversForConnections) / Double(groups)).rounded(.up)
        var servers = max(1, Int(forConnections))
        while true {
            func group(_ masters: Int, _ share: Double) -> RedisGroup {
                RedisGroup(
                    cost: cost, rate: rate - borrowed, hottest: isBorrowed ? 0 : demand.hottestRate,
                    granting: borrowed * grantingSeconds, lanes: Double(servers * demand.cores), masters: masters,
                    share: share)
            }
            guard let found = leastMasters(group, HashTags.busiestShare) else { return nil }
            let balance = found.balance
            let each = cost.server(perCall: balance.perCall, isCluster: found.isCluster)
            let load = (rate - borrowed) * each + borrowed * cost.borrowed
            let needed = Int((load / Double(demand.cores) / demand.utilisation).rounded(.up))
            // More servers have more lanes, and calls that carry less: their number only grows, until it is enough.
            if needed <= servers {
                return Sizes(rate: rate, servers: servers, group: found, balance: balance, serverLoad: load)
            }
            servers = needed
        }
    }

    /// The smallest group of masters that is not too busy.
    private func leastMasters(
        _ group: (_ masters: Int, _ share: Double) -> RedisGroup, _ share: (Int) -> Double
    ) -> RedisGroup? {
        for masters in 1...HashTags.count where masters == 1 || masters >= CapacityBounds.leastMasters {
            let group = group(masters, share(masters))
            // What full calls cannot do, others cannot either.
            guard group.utilisation(perCall: Double(CapacityBounds.requestsPerCall)) <= demand.utilisation,
                group.balance.utilisation <= demand.utilisation
            else { continue }
            return group
        }
        return nil
    }

    // MARK: What follows from the sizes

    private func plan(_ groups: Int, _ sizes: Sizes) -> CapacityPlan {
        let cells = demand.liveCells / Double(groups)
        let servers = servers(sizes, groups)
        let redis = redis(sizes, cells)
        let perCall = sizes.balance.perCall
        // The call in flight that it waits for, then its own.
        let gathered = sizes.group.roundTrip(perCall: perCall) / sizes.group.gathering.inFlight
        let asked = demand.roundTrip + redis.wait + cost.call(perCall: perCall, isCluster: sizes.group.isCluster)
        return CapacityPlan(
            demand: demand, liveCells: demand.liveCells, groups: groups, groupRate: sizes.rate, groupCells: cells,
            servers: servers, redis: redis, splits: splits(from: groups),
            latency: servers.wait + servers.secondsPerDecision * demand.commandsAtOnce + gathered + asked,
            stops: stops(sizes, servers, redis, cells), costs: values())
    }

    private func servers(_ sizes: Sizes, _ groups: Int) -> CapacityPlan.Servers {
        let count = Double(sizes.servers)
        let each = sizes.serverLoad / sizes.rate
        let connections = connections(servers: sizes.servers * groups)
        let toRedis = demand.cores * sizes.group.masters
        let clients = cost.clientWire(sizes.rate)
        let redis = cost.redisWire(
            sizes.group.rate, perCall: sizes.balance.perCall, isCluster: sizes.group.isCluster)
        let busy = sizes.serverLoad / count / Double(demand.cores)
        return CapacityPlan.Servers(
            count: sizes.servers, secondsPerDecision: each, utilisation: busy, clientConnections: connections,
            redisConnections: toRedis, bytes: costs[.serverBytes] + connections * cost.connectionBytes,
            bytesIn: (clients.from + redis.from) / count, bytesOut: (clients.to + redis.to) / count,
            wait: WaitingLine(service: each * demand.commandsAtOnce, utilisation: busy).percentile(99))
    }

    private func redis(_ sizes: Sizes, _ cells: Double) -> CapacityPlan.Redis {
        let group = sizes.group
        let perCall = sizes.balance.perCall
        let share = group.share
        let connections = sizes.servers * demand.cores + demand.replicas
        let buckets = min(CapacityBounds.buckets, cells) * costs[.redisBucketBytes]
        let cellBytes = cells * cost.redisCellBytes + (demand.algorithm.keepsList ? 0 : buckets)
        let used = costs[.redisBytes] + share * cellBytes + Double(connections) * costs[.redisConnectionBytes]
        let wire = cost.redisWire(group.rate, perCall: perCall, isCluster: group.isCluster)
        let replicas = Double(demand.replicas)
        let stream = group.rate * Double(demand.rules) * costs[.replicationBytes] * replicas
        let nodes = Double(group.masters * (1 + demand.replicas))
        return CapacityPlan.Redis(
            masters: group.masters, replicas: group.masters * demand.replicas, decisionsPerCall: perCall,
            secondsPerDecision: cost.redis(perCall: perCall, isCluster: group.isCluster), rate: group.rate,
            busiestTags: Int((share * Double(HashTags.count)).rounded()), utilisation: sizes.balance.utilisation,
            mastersWithEvenTags: mastersWithEvenTags(sizes), connections: connections, usedBytes: used,
            bytes: used * costs[.redisRoom], bytesIn: wire.to * share,
            bytesOut: (wire.from + stream) * share, busBytes: group.isCluster ? cost.bus(nodes: nodes) : 0,
            wait: group.wait(99, perCall: perCall))
    }

    /// Twice as many groups, and so on, until each has one Redis; then the fewest with one Redis.
    private func splits(from groups: Int) -> [CapacityPlan.Split] {
        var found: [CapacityPlan.Split] = []
        var (count, last) = (groups, groups)
        while found.count < 16, let sizes = sizes(groups: count) {
            guard sizes.group.isCluster else {
                // More than the last had, at most as many as this.
                var (low, high) = (last, count)
                while low + 1 < high {
                    let middle = (low + high) / 2
                    if self.sizes(groups: middle)?.group.isCluster ?? true { low = middle } else { high = middle }
                }
                if let sizes = self.sizes(groups: high) { found.append(split(high, sizes)) }
                break
            }
            found.append(split(count, sizes))
            (last, count) = (count, count * 2)
        }
        return found
    }

    private func split(_ groups: Int, _ sizes: Sizes) -> CapacityPlan.Split {
        CapacityPlan.Split(
            groups: groups, servers: groups * sizes.servers, masters: groups * sizes.group.masters,
            decisionsPerCall: sizes.balance.perCall)
    }

    private func mastersWithEvenTags(_ sizes: Sizes) -> Int {
        let old = sizes.group
        let even = leastMasters(
            { masters, share in
                RedisGroup(
                    cost: old.cost, rate: old.rate, hottest: old.hottest, granting: old.granting, lanes: old.lanes,
                    masters: masters, share: share)
            }, HashTags.evenShare)
        return even?.masters ?? old.masters
    }

    private func stops(
        _ sizes: Sizes, _ servers: CapacityPlan.Servers, _ redis: CapacityPlan.Redis, _ cells: Double
    ) -> [CapacityStop] {
        let all = demand.utilisation / redis.secondsPerDecision
        let isCluster = sizes.group.isCluster
        let hottest = isBorrowed ? demand.utilisation / grantingSeconds : hottestOnRedis
        var stops = [
            CapacityStop(
                "decisions of a cluster", now: redis.rate,
                most: all / HashTags.busiestShare(masters: HashTags.count), .perSecond,
                then: "slots moved so that each of 128 masters has one hash tag; then one group more"),
            CapacityStop(
                "live cells of a prefix", now: cells, most: CapacityBounds.cellsOfPrefix,
                then: "one group more: beyond, buckets grow, which was not measured"),
            CapacityStop(
                "decisions about one key", now: demand.hottestRate, most: hottest, .perSecond,
                then: isBorrowed ? "more units at a time" : "let its rule borrow (--borrow auto)"),
            CapacityStop(
                "connections of a master", now: Double(redis.connections), most: CapacityBounds.redisConnections,
                then: "a higher maxclients, or fewer --threads"),
        ]
        if isCluster {
            stops.append(
                CapacityStop(
                    "nodes of a cluster", now: Double(redis.masters + redis.replicas),
                    most: CapacityBounds.clusterNodes, then: "one group more"))
        } else {
            stops[0] = CapacityStop(
                "decisions of one Redis", now: redis.rate, most: all, .perSecond, then: "a cluster of three masters")
        }
        return stops.nearestFirst(with: serverStops(servers))
    }
}
