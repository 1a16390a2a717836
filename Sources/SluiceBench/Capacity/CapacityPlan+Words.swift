extension CapacityPlan {
    /// What the figures take for granted.
    public var assumptions: [String] {
        var lines = [
            "cells: one for each rule and each active user, whether he uses that rule or not",
            "processors: as fast as those that the costs were measured on, without TLS; event loops side by side lose "
                + "nothing by it, though costs were measured with one",
            "every core is busy for \(CapacityNumber.text(demand.utilisation * 100)) % of its time at most; the rest "
                + "is for bursts, and for the share of those that fail",
            "waiting: who comes does so at random, and each event loop and each Redis takes the same time for one "
                + "after the other (M/D/1); that of a decision is a bound, the sum of what its parts wait at most",
        ]
        if redis == nil {
            lines.append(
                "callers belong to one server each: in memory a limit counts what its own server sees, so the balancer "
                    + "has to send a caller always to the same one")
        } else if groups > 1 {
            lines.append(
                "callers belong to one group each: whoever is in front chooses it by a value that all rules count by"
            )
        }
        if demand.store == .redis {
            lines += [
                "Redis's time is without a disk and without what replicas ask of it, which were not measured",
                "every decision is asked of Redis; what a server remembers of denials, up to 65,536, spares it the "
                    + "rest of a flood",
            ]
            if demand.algorithm != .tokenBucket {
                lines.append(
                    "Redis's time is that of token buckets; that of \(demand.algorithm.rawValue) was not measured, and "
                        + "is longer where it keeps a list")
            }
        }
        return lines
    }

    /// The costs that matter for this plan.
    public var costsUsed: [UnitCost] {
        UnitCost.allCases.filter { cost in
            let name = cost.rawValue
            let isOther = CapacityDemand.Transport.allCases.contains {
                $0 != demand.transport && name.hasPrefix($0.rawValue)
            }
            if isOther || (name.hasPrefix("rule") && demand.rules == 1) { return false }
            return redis == nil ? cost.isOfMemory(demand) : cost.isOfRedis(demand, isCluster: redis?.masters != 1)
        }
    }
}

extension UnitCost {
    fileprivate func isOfMemory(_ demand: CapacityDemand) -> Bool {
        switch self {
        case .logEntryBytes: demand.algorithm == .slidingLog
        case .leaseBytes: demand.algorithm == .concurrency
        case .borrowed, .replicationBytes, .busHeadBytes, .busGossipBytes: false
        default: !rawValue.contains("redis")
        }
    }

    fileprivate func isOfRedis(_ demand: CapacityDemand, isCluster: Bool) -> Bool {
        switch self {
        case .hotDecision, .cellBytes, .logEntryBytes, .leaseBytes: false
        case .borrowed: demand.borrowing != .none
        case .redisBorrowed: demand.borrowing == .auto
        case .redisRule: demand.rules > demand.places
        case .redisPlace: demand.places > 1
        case .redisCellBytes, .redisBucketBytes: !demand.algorithm.keepsList
        case .redisLogBytes: demand.algorithm.keepsList
        case .redisLogEntryBytes: demand.algorithm == .slidingLog
        case .redisLeaseBytes: demand.algorithm == .concurrency
        case .replicationBytes: demand.replicas > 0
        case .busHeadBytes, .busGossipBytes: isCluster
        default: true
        }
    }
}
