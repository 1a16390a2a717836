import Foundation

extension BenchSuite {
    /// What a decision costs one server process, over each of its protocols.
    static let server = BenchSuite(
        "server", "one server process: HTTP, Redis protocol, gRPC, start-up, size"
    ) { context in
        var figures = ServerFigures()
        if let program = context.program { try await figures.measure(program, context) }
        return [figures.traffic, figures.process]
    }
}

/// What is measured of a server process, as long as rounds go on.
private struct ServerFigures {
    private struct Rates {
        var (decisions, median, percentile99, processor) = (Rounds(), Rounds(), Rounds(), Rounds())
    }

    private var rates = ServerTraffic.all.map { _ in Rates() }
    private var (start, idle, used, size) = (Rounds(), Rounds(), Rounds(), Rounds())

    mutating func measure(_ program: String, _ context: BenchContext) async throws {
        let size = try FileManager.default.attributesOfItem(atPath: program)[.size] as? NSNumber
        if let size { self.size.add(size.doubleValue) }
        for round in 0..<context.rounds {
            context.progress("start-up", 0.1 * Double(round) / Double(context.rounds))
            try await measureStart(program)
        }
        var figures = self
        try await ServedProgram.during(program, policies: ServerTraffic.policies) { server in
            let duration = max(.seconds(1) * context.scale, .milliseconds(50))
            let steps = Double((context.rounds + 1) * ServerTraffic.all.count)
            // The first round warms up.
            for round in 0...context.rounds {
                for (index, traffic) in ServerTraffic.all.enumerated() {
                    let done = Double(round * ServerTraffic.all.count + index)
                    context.progress(traffic.title, 0.1 + 0.9 * done / steps)
                    let measured = try await traffic.measure(server, for: duration)
                    if round > 0, let measured { figures.add(measured.count, measured.processor, to: index) }
                }
                if round > 0, let bytes = server.usage?.residentBytes { figures.used.add(bytes) }
            }
        }
        self = figures
    }

    private mutating func add(_ count: TrafficCount, _ processor: Double?, to index: Int) {
        rates[index].decisions.add(Double(count.answers) / count.seconds)
        if let median = count.latencies.percentile(50) { rates[index].median.add(median) }
        if let most = count.latencies.percentile(99) { rates[index].percentile99.add(most) }
        if let processor { rates[index].processor.add(processor) }
    }

    /// From when the program is started until it has answered once, and what memory it has taken by then.
    private mutating func measureStart(_ program: String) async throws {
        let (spent, usage) = try await ServedProgram.during(program, policies: ServerTraffic.policies) { server in
            let plan = try LoadPlan(
                url: server.url, users: 1, requests: 1, tasks: [LoadTask("health", "GET", "/healthz")])
            let result = try await LoadRun(plan).run()
            let spent = ContinuousClock.now - server.begin
            guard result.all.statuses[200] == 1 else { throw BenchError("the server does not say that it is well") }
            return (spent, server.usage)
        }
        start.add(spent / .nanoseconds(1))
        if let usage { idle.add(usage.residentBytes) }
    }

    private static func figure(_ rounds: Rounds, _ unit: Figure.Unit, bound: Double? = nil) -> Figure? {
        rounds.values.isEmpty ? nil : Figure(rounds, unit, bound: bound)
    }

    var traffic: BenchTable {
        var table = BenchTable(
            "decisions of one server process, asked by one thread on the same machine", "asked",
            columns: ["decisions", "p50", "p99", "processor time", "a core's decisions"],
            notes: [
                "processor time: of the server process for one decision, in the program and in the system for it",
                "a core's decisions: how many come to a second of the server's processor time; how many come in a "
                    + "second of the clock is up to who asks, too, for both share the machine",
                "with 16 at once p50 and p99 are until the last of them is answered",
                "gRPC is measured if the program and this build have it: the trait GRPC",
                "at most: IOTA's alert for checks of a limit",
            ])
        for (traffic, rates) in zip(ServerTraffic.all, rates) {
            table.add(
                traffic.title,
                [
                    Self.figure(rates.decisions, .perSecond), Self.figure(rates.median, .nanoseconds),
                    Self.figure(rates.percentile99, .nanoseconds, bound: traffic.isOneAtATime ? 10e6 : nil),
                    Self.figure(rates.processor, .nanoseconds),
                    Self.figure(Rounds(rates.processor.values.map { 1e9 / $0 }), .perSecond),
                ])
        }
        return table
    }

    var process: BenchTable {
        var table = BenchTable(
            "the server process", "what", columns: ["figure"],
            notes: ["the first answer is that of /healthz, from when the program is started; to some milliseconds"])
        table.add("until its first answer", [Self.figure(start, .nanoseconds)])
        table.add("resident memory after it", [Self.figure(idle, .bytes)])
        table.add("resident memory after the traffic above", [Self.figure(used, .bytes)])
        table.add("the program's file", [Self.figure(size, .bytes)])
        return table
    }
}
