import SluiceBench

/// A plan as tables for a terminal.
struct CapacityText {
    let plan: CapacityPlan
    let costs: UnitCosts
    /// What a simulation saw, if there was one.
    var comparison: CapacityComparison?
    let colors: Bool

    /// Everything.
    var text: String {
        var parts = [head, table(["NEEDED", "A GROUP", "IN ALL"], needed), ofEach, remarks, stops]
        if plan.splits.count > 1 { parts.append(splits) }
        if let comparison { parts.append(compared(comparison)) }
        parts.append((["Taken for granted:"] + plan.assumptions.map { "- \($0)" }).joined(separator: "\n"))
        parts.append(table(["COST", "VALUE", "OF", "FROM"], costLines))
        return parts.joined(separator: "\n\n")
    }

    private var demand: CapacityDemand { plan.demand }

    private var head: String {
        let rules = demand.rules == 1 ? "one rule" : "\(demand.rules) rules"
        let pipeline = demand.commandsAtOnce > 1 ? ", \(demand.pipeline) commands at once" : ""
        return """
            \(number(demand.users)) users, \(number(demand.activeShare * 100)) % of them active, \(rules) by \
            \(demand.algorithm.rawValue): \(number(plan.liveCells.rounded())) live cells
            \(number(demand.decisionsPerSecond)) decisions/s by \(demand.transport.rawValue)\(pipeline), cells \
            \(demand.store == .memory ? "in memory" : "on Redis")
            """
    }

    // MARK: What is needed

    private var needed: [[String]] {
        let servers = Double(plan.servers.count)
        var lines: [(name: String, value: Double, text: (Double) -> String)] = [
            ("servers of \(demand.cores) cores", servers, number),
            ("memory of servers", servers * plan.servers.bytes, bytes),
            ("connections of clients", servers * plan.servers.clientConnections, number),
        ]
        if let redis = plan.redis {
            let nodes = Double(redis.masters + redis.replicas)
            lines += [
                (redis.masters > 1 ? "Redis masters" : "Redis", Double(redis.masters), number),
                ("Redis replicas", Double(redis.replicas), number),
                ("memory of Redis", nodes * redis.bytes, bytes),
                ("connections to Redis", servers * Double(plan.servers.redisConnections), number),
            ]
        }
        let groups = Double(plan.groups)
        let rows = lines.filter { $0.value > 0 }.map { line in
            [line.name, groups > 1 ? line.text(line.value) : "", line.text(line.value * groups)]
        }
        return (groups > 1 ? [["groups of callers", "", number(groups)]] : []) + rows
    }

    private var ofEach: String {
        let servers = plan.servers
        var rows = [
            [
                "server", percent(servers.utilisation), time(servers.secondsPerDecision), bytes(servers.bytes),
                number(servers.descriptors), bits(servers.bytesIn), bits(servers.bytesOut), time(servers.wait),
            ]
        ]
        if let redis = plan.redis {
            rows.append(
                [
                    redis.masters > 1 ? "busiest master" : "Redis", percent(redis.utilisation),
                    time(redis.secondsPerDecision), bytes(redis.bytes), number(Double(redis.connections)),
                    bits(redis.bytesIn), bits(redis.bytesOut), time(redis.wait),
                ])
        }
        return table(
            ["OF EACH", "BUSY", "A DECISION", "MEMORY", "CONNECTIONS", "NETWORK IN", "OUT", "99 OF 100 WAIT"], rows)
    }

    private var remarks: String {
        var lines = ["99 of 100 decisions are made within \(time(plan.latency))."]
        if let redis = plan.redis {
            lines.append("A call of Redis carries \(number(hundredths(redis.decisionsPerCall))) decisions.")
            if redis.masters > 1 {
                let even =
                    redis.mastersWithEvenTags < redis.masters
                    ? "; with slots moved so that tags are spread evenly, \(redis.mastersWithEvenTags) masters will do"
                    : ""
                lines.append("The busiest master has \(redis.busiestTags) of the 128 hash tags\(even).")
                lines.append("To keep the cluster together each node sends and receives \(bits(redis.busBytes)) more.")
            }
        }
        return lines.joined(separator: "\n")
    }

    // MARK: Where it stops

    private var stops: String {
        let rows = plan.stops.map { stop in
            let text = { (value: Double) in
                stop.unit == .perSecond ? FigureText.text(value, .perSecond) : number(value.rounded())
            }
            return [
                stop.name, stop.now > 0 ? text(stop.now) : "none", text(stop.most),
                stop.room.map { "\(number(tenths($0))) ×" } ?? "", stop.then,
            ]
        }
        return table(["STOPS AT", "NOW", "AT MOST", "ROOM", "THEN"], rows)
    }

    private var splits: String {
        let rows = plan.splits.map { split in
            [
                number(Double(split.groups)), number(Double(split.servers)), number(Double(split.masters)),
                number(hundredths(split.decisionsPerCall)),
            ]
        }
        return table(["CALLERS SPLIT INTO", "SERVERS", "MASTERS", "DECISIONS A CALL"], rows)
    }

    private func compared(_ comparison: CapacityComparison) -> String {
        let rows = comparison.lines.map { line in
            let text = { (value: Double) in
                line.unit == .count ? number(hundredths(value)) : FigureText.text(value, line.unit)
            }
            return [line.name, text(line.planned), text(line.simulated)]
        }
        return table(["SIMULATED", "ON PAPER", "SEEN"], rows)
            + "\n\(number(Double(comparison.decisions))) decisions of one group, from seed \(comparison.seed)"
    }

    private var costLines: [[String]] {
        plan.costsUsed.map { cost in
            [cost.rawValue, "\(number(costs[cost])) \(cost.unit)", cost.detail.meaning, costs.source(of: cost)]
        }
    }

    // MARK: Words

    private func table(_ titles: [String], _ rows: [[String]]) -> String {
        AlignedTable(titles: titles, rows: rows).text(colors: colors)
    }

    private func number(_ value: Double) -> String { CapacityNumber.text(value) }

    private func hundredths(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private func tenths(_ value: Double) -> Double { value < 100 ? (value * 10).rounded() / 10 : value.rounded() }

    private func percent(_ share: Double) -> String { FigureText.text(share, .share) }

    private func time(_ seconds: Double) -> String { FigureText.text(seconds * 1e9, .nanoseconds) }

    private func bytes(_ value: Double) -> String { FigureText.text(value, .bytes) }

    private func bits(_ bytesPerSecond: Double) -> String {
        let megabits = bytesPerSecond * 8 / 1e6
        return megabits < 0.1
            ? "< 0.1 Mbit/s" : "\(number(megabits < 100 ? tenths(megabits) : megabits.rounded())) Mbit/s"
    }
}
