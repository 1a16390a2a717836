import Sluice
import SluiceRedis
import Synchronization

/// Writes the metrics of a server.
///
/// Series are bounded: by rules (4,096 at most), nodes, transports and statuses. None carries a caller.
struct ServerMetrics {
    let statistics: ServerStatistics

    private var engine: DecisionEngine { statistics.engine }
    private var store: String { engine.storeName }

    /// All of them.
    func write(into text: inout MetricsText) async {
        writeDecisions(into: &text)
        writeDurations(into: &text)
        if let shared = engine.shared {
            writeCalls(of: shared, into: &text)
            writeNodes(await shared.nodeReports(), into: &text)
            writeSurveys(statistics.surveys.withLock { $0 }, into: &text)
        } else {
            writeCells(into: &text)
        }
        writeLeases(into: &text)
        writeLeaseLimits(into: &text)
        writeTransports(into: &text)
        writePolicies(into: &text)
        writeServer(into: &text)
        if let spans = statistics.spans { writeSpans(spans, into: &text) }
        writeProcess(into: &text)
        text.end()
    }

    // MARK: - Decisions

    private func writeDecisions(into text: inout MetricsText) {
        let counts = engine.limiter.counts
        text.begin(
            "sluice_decisions", .counter,
            "Decisions by the rule that decided: allowed, denied or impossible, and besides shadow_denied, degraded.")
        for count in counts + unasked(counts) {
            // From the start, so that what comes first is seen as a change.
            for outcome in CountedOutcome.allCases
            where count[outcome] > 0 || outcome == .allowed || outcome == .denied {
                text.sample(
                    count[outcome], ("policy", count.policy), ("rule", count.rule), ("outcome", outcome.rawValue))
            }
        }
        text.begin("sluice_rule_use_ratio", .histogram, "How much of the limit was used after an allowed decision.")
        let ends = (1...8).map { Double($0) / 8 }
        for count in counts where count.used.contains(where: { $0 > 0 }) {
            text.sample(count.used, upTo: ends, ("policy", count.policy), ("rule", count.rule))
        }
    }

    /// The rules in force that have not decided anything yet.
    private func unasked(_ counts: [RuleCount]) -> [RuleCount] {
        var known: Set<String> = []
        for count in counts { known.insert("\(count.policy)\0\(count.rule)") }
        return engine.limiter.policies.flatMap { policy in
            policy.rules.filter { !known.contains("\(policy.name)\0\($0.name)") }
                .map { RuleCount(policy: policy.name, rule: $0.name) }
        }
    }

    private func writeDurations(into text: inout MetricsText) {
        text.begin(
            "sluice_decision_duration_seconds", .histogram, "How long decisions took; in memory, one in 256 of them.")
        text.sample(engine.limiter.store.watch.durations.counted, ("store", store))
        text.begin(
            "sluice_transport_duration_seconds", .histogram,
            "From when a request was read until its answer was written.")
        for (name, counts) in statistics.durations where name != "decision" && name != "store" {
            text.sample(counts, ("transport", name), statistics.exemplars(of: name))
        }
    }

    // MARK: - Stores

    private func writeCells(into text: inout MetricsText) {
        let cells = engine.limiter.store
        text.begin("sluice_cells", .gauge, "Cells held, with those that have expired and are not reclaimed yet.")
        text.sample(UInt64(cells.count), ("store", store))
        text.begin("sluice_cells_limit", .gauge, "The most cells that are held.")
        text.sample(UInt64(cells.capacity), ("store", store))
        text.begin("sluice_store_bytes", .gauge, "Bytes that cells, logs and leases take.")
        text.sample(UInt64(cells.bytes), ("store", store))
        text.begin(
            "sluice_cells_dropped", .counter, "Cells dropped from a full store before they had expired.")
        text.sample(cells.droppedCells, ("reason", "least_debt"))
        text.begin("sluice_store_errors", .counter, "Decisions that the store could not make, by kind.")
        text.sample(cells.fullDenials, ("store", store), ("kind", "full"))
    }

    private func writeCalls(of shared: SharedLimiter, into text: inout MetricsText) {
        text.begin("sluice_store_duration_seconds", .histogram, "How long Redis took to answer a call.")
        text.sample(shared.statistics.calls.counted, ("store", store))
        text.begin("sluice_store_errors", .counter, "Decisions that the store could not make, by kind.")
        for kind in StoreStatistics.FaultKind.allCases {
            text.sample(shared.statistics.count(of: kind), ("store", store), ("kind", kind.rawValue))
        }
        text.begin("sluice_cache_requests", .counter, "Decisions that could be made without asking Redis, or not.")
        let statistics = shared.statistics
        text.sample(statistics.rememberedDenials, ("cache", "denials"), ("result", "hit"))
        text.sample(statistics.askedDecisions, ("cache", "denials"), ("result", "miss"))
        text.sample(statistics.borrowedDecisions, ("cache", "borrowed"), ("result", "hit"))
    }

    private func writeNodes(_ nodes: [NodeReport], into text: inout MetricsText) {
        text.begin("sluice_redis_connections", .gauge, "Connections to a node of Redis, by state.")
        for node in nodes {
            let states = [("ready", node.ready), ("connecting", node.connecting), ("failed", node.failed)]
            for (state, count) in states {
                text.sample(UInt64(count), ("node", node.address), ("state", state))
            }
        }
        text.begin("sluice_redis_queue", .gauge, "Calls that wait for an answer of a node.")
        for node in nodes { text.sample(UInt64(node.queued), ("node", node.address)) }
        text.begin(
            "sluice_redis_connection_failures", .counter, "Connections lost, and attempts to connect that failed.")
        for node in nodes { text.sample(UInt64(node.lost), ("node", node.address)) }
        text.begin("sluice_breaker_state", .gauge, "0 closed, 1 half open, 2 open.")
        for node in nodes { text.sample(UInt64(node.breaker.rawValue), ("name", node.address)) }
    }

    private func writeSurveys(_ nodes: [NodeSurvey], into text: inout MetricsText) {
        func gauge(_ name: StaticString, _ help: StaticString, _ value: (NodeSurvey) -> UInt64?) {
            text.begin(name, .gauge, help)
            for node in nodes { if let value = value(node) { text.sample(value, ("node", node.address)) } }
        }
        func counter(_ name: StaticString, _ help: StaticString, _ value: (NodeSurvey) -> UInt64?) {
            text.begin(name, .counter, help)
            for node in nodes { if let value = value(node) { text.sample(value, ("node", node.address)) } }
        }
        gauge("sluice_redis_up", "Whether the node has told of itself.") { $0.isUp ? 1 : 0 }
        gauge("sluice_redis_memory_bytes", "Memory that the node uses.") { $0.memoryBytes }
        gauge("sluice_redis_memory_limit_bytes", "Memory that the node may use; 0 for all there is.") {
            $0.memoryLimitBytes
        }
        gauge("sluice_redis_clients", "Clients connected to the node.") { $0.clients }
        gauge("sluice_redis_clients_limit", "Clients that the node takes.") { $0.clientsLimit }
        gauge("sluice_redis_replication_lag_seconds", "Since the slowest replica has confirmed what it has.") {
            $0.replicationLagSeconds
        }
        counter("sluice_redis_evicted_keys", "Keys that the node dropped for want of memory.") { $0.evictedKeys }
        counter("sluice_redis_commands", "Commands that the node has executed.") { $0.commands }
        text.begin("sluice_redis_cpu_seconds", .counter, "Processor time that the node has taken.")
        for node in nodes { if let seconds = node.cpuSeconds { text.sample(seconds, ("node", node.address)) } }
    }

    private func writeLeases(into text: inout MetricsText) {
        text.begin("sluice_leases", .gauge, "Slots held by leases that this server has given.")
        let held = engine.limiter.heldSlots
        for slots in held { text.sample(UInt64(slots.slots), ("policy", slots.policy), ("rule", slots.rule)) }
        // A rule of which nothing is held is told as well, while there are few: 0 is no gap.
        for policy in engine.limiter.policies {
            for rule in policy.rules where rule.limit.algorithm == .concurrency {
                if !held.contains(where: { $0.policy == policy.name && $0.rule == rule.name }) {
                    text.sample(0 as UInt64, ("policy", policy.name), ("rule", rule.name))
                }
            }
        }
    }

    private func writeLeaseLimits(into text: inout MetricsText) {
        text.begin("sluice_leases_limit", .gauge, "Slots that a key of the rule may hold at once.")
        for policy in engine.limiter.policies {
            for rule in policy.rules where rule.limit.algorithm == .concurrency {
                text.sample(UInt64(max(0, rule.limit.count)), ("policy", policy.name), ("rule", rule.name))
            }
        }
    }

    // MARK: - The server

    private func writeTransports(into text: inout MetricsText) {
        let transports = statistics.transports
        text.begin("sluice_transport_requests", .counter, "Requests answered, by status.")
        for transport in transports {
            for (status, count) in transport.answers {
                text.sample(count, ("transport", transport.name), ("status", status))
            }
        }
        text.begin("sluice_transport_connections", .gauge, "Connections open.")
        for transport in transports {
            if let count = transport.connections { text.sample(UInt64(count), ("transport", transport.name)) }
        }
        text.begin("sluice_transport_connections_limit", .gauge, "The most connections at once.")
        for transport in transports {
            if let count = transport.connectionsLimit { text.sample(UInt64(count), ("transport", transport.name)) }
        }
        text.begin("sluice_transport_connections_refused", .counter, "Connections refused because there were too many.")
        for transport in transports {
            if let count = transport.refused { text.sample(count, ("transport", transport.name)) }
        }
        text.begin("sluice_event_streams", .gauge, "Open streams of events, such as of dashboards.")
        text.sample(UInt64(max(0, statistics.streams.load(ordering: .relaxed))))
    }

    private func writePolicies(into text: inout MetricsText) {
        let load = statistics.loads.state
        text.begin("sluice_config_reload", .counter, "Reloads of the policies, by result.")
        text.sample(load.reloads, ("result", "success"))
        text.sample(load.failures, ("result", "failure"))
        text.begin("sluice_config_load_seconds", .gauge, "What the last successful load of the policies took.")
        text.sample(load.duration / .seconds(1))
        text.begin("sluice_config_last_load_timestamp_seconds", .gauge, "When the policies were loaded last.")
        text.sample((load.succeededAt ?? statistics.startedAt).seconds)
        text.begin("sluice_config_last_load_successful", .gauge, "Whether the last attempt to load them succeeded.")
        text.sample(load.fault == nil ? 1 as UInt64 : 0)
        let policies = engine.limiter.policies
        text.begin("sluice_policies", .gauge, "Policies in force.")
        text.sample(UInt64(policies.count))
        text.begin("sluice_rules", .gauge, "Rules in force.")
        text.sample(UInt64(policies.reduce(0) { $0 + $1.rules.count }))
        text.begin("sluice_overrides", .gauge, "Limits changed by hand for a while.")
        text.sample(UInt64(statistics.overrides.all.count))
    }

    private func writeServer(into text: inout MetricsText) {
        text.begin("sluice_build_info", .gauge, "The version of the server; always 1.")
        text.sample(1 as UInt64, ("version", BuildInformation.version), ("store", store))
        text.begin("sluice_threads", .gauge, "Event loops that serve.")
        text.sample(UInt64(statistics.threads))
        let (succeededAt, failures) = statistics.snapshots.current
        text.begin("sluice_snapshot_failures", .counter, "Snapshots that could not be written.")
        text.sample(failures)
        if let succeededAt {
            text.begin("sluice_snapshot_last_success_timestamp_seconds", .gauge, "When the snapshot was written last.")
            text.sample(succeededAt.seconds)
        }
    }

    private func writeSpans(_ spans: SpanQueue, into text: inout MetricsText) {
        let counts = spans.counts
        text.begin("sluice_spans", .counter, "Spans for the collector of traces, by what became of them.")
        text.sample(counts.sent, ("result", "sent"))
        text.sample(counts.dropped, ("result", "dropped"))
        text.begin("sluice_spans_waiting", .gauge, "Spans that wait to be sent to the collector of traces.")
        text.sample(UInt64(spans.count))
    }

    private func writeProcess(into text: inout MetricsText) {
        let process = ProcessStatistics.now()
        text.begin("process_cpu_seconds", .counter, "Processor time taken, in seconds.")
        text.sample(process.cpuSeconds)
        func gauge(_ name: StaticString, _ help: StaticString, _ value: UInt64?) {
            guard let value else { return }
            text.begin(name, .gauge, help)
            text.sample(value)
        }
        gauge("process_resident_memory_bytes", "Bytes in memory.", process.residentBytes)
        gauge(
            "process_virtual_memory_bytes", "Bytes of address space, most of them reserved only.", process.virtualBytes)
        gauge("process_open_fds", "Files and connections open.", process.openFiles)
        gauge("process_max_fds", "Files and connections that may be open.", process.openFilesLimit)
        if let startedAt = process.startedAt {
            text.begin("process_start_time_seconds", .gauge, "When the process was started, in Unix seconds.")
            text.sample(startedAt)
        }
    }
}

extension Timestamp {
    /// Seconds since 1970.
    var seconds: Double { Double(nanoseconds) / 1_000_000_000 }
}
