import ArgumentParser
import Foundation
import Sluice
import SluiceBench
import SluicePolicies
import SluiceRedis
import SluiceServer

/// `sluice bench`
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure decisions on this machine, beside the figures that others publish of themselves.",
        discussion: """
            Suites:
            \(BenchSuite.all.map { "  \($0.name.padding(toLength: 10, withPad: " ", startingAt: 0)) \($0.purpose)" }
                .joined(separator: "\n"))

            Without names all of them run; `sluice bench run --help` tells the options. What needs a Redis is measured \
            on servers that are started for it and ended with it, if redis-server is installed; or on the one that \
            --redis or --redis-cluster names, where it takes keys of its own, which expire. Exits 0 if every pass mark \
            was met, 1 if one was missed or a figure is worse than what it is compared with, 2 if nothing can be \
            compared.
            """,
        subcommands: [BenchRunCommand.self, CapacityCommand.self], defaultSubcommand: BenchRunCommand.self)
}

/// `sluice bench SUITE …`
struct BenchRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Measure suites, all by default.")

    @Argument(help: ArgumentHelp("The suites.", valueName: "suite"))
    var suites: [String] = []

    @Option(help: ArgumentHelp("How often each figure is measured.", valueName: "n"))
    var rounds = 7

    @Option(help: ArgumentHelp("The Redis to measure on.", valueName: "url"))
    var redis: String?

    @Option(help: ArgumentHelp("The Redis Cluster to measure on, by some of its nodes.", valueName: "url"))
    var redisCluster: String?

    @Flag(help: "Start no Redis, and leave out what needs one.")
    var noRedis = false

    @Option(help: ArgumentHelp("Do so much of the usual work, to try it out: 0.01 is quick.", valueName: "share"))
    var scale = 1.0

    @Flag(help: "Print the report as JSON.")
    var json = false

    @OptionGroup(title: "A load on your own server, by the suite load")
    var load: LoadOptions

    @OptionGroup(title: "Keeping and comparing")
    var keeping: BenchKeeping

    func validate() throws {
        try keeping.validate(rounds: rounds)
        guard try load.plan() == nil || suites == ["load"] else {
            throw ValidationError("--url is for the suite load alone: sluice bench load --url \(load.url ?? "…")")
        }
        _ = try chosen()
        guard (1...1_000).contains(rounds) else { throw ValidationError("--rounds must be between 1 and 1000.") }
        guard scale > 0, scale <= 1 else { throw ValidationError("--scale must be above 0 and at most 1.") }
        guard !noRedis || redis == nil && redisCluster == nil else {
            throw ValidationError("--no-redis leaves out the Redis that --redis or --redis-cluster names.")
        }
    }

    func run() async throws {
        let meter = BenchMeter()
        let suites = try chosen()
        let interruption = BenchInterruption { meter.clear() }
        if let other = keeping.againstProgram {
            guard let program = InstalledProgram.current else {
                throw ValidationError("The system does not tell where this program is: start it by its path.")
            }
            let isWorse = try await keeping.compare(
                with: other, program: program, rounds: rounds, on: .output,
                progress: { meter.show("round \($0 + 1) of \(rounds)", Double($0) / Double(rounds)) },
                ended: { meter.clear() })
            if isWorse { throw ExitCode(1) }
            return
        }
        let needs = suites.reduce(into: Set<BenchNeed>()) { $0.formUnion($1.needs) }
        let servers = try await ownServers(for: needs)
        interruption.watch(servers)
        do {
            var context = try context(servers)
            if !needs.contains(.redis) { context.redis = nil }
            if !needs.contains(.cluster) { context.cluster = nil }
            try await measure(suites, context, meter)
            await interruption.standStill()
            await servers?.stop()
        } catch {
            await interruption.standStill()
            meter.clear()
            await servers?.stop()
            throw error
        }
    }

    /// Servers that are started for what suites need and nobody names.
    private func ownServers(for needs: Set<BenchNeed>) async throws -> BenchServers? {
        guard !needs.isEmpty, !noRedis, redis == nil, redisCluster == nil else { return nil }
        let servers = try await BenchServers.started(
            single: needs.contains(.redis), cluster: needs.contains(.cluster))
        if servers == nil {
            StandardStream.error.write(
                "There is no redis-server along PATH: what needs one is left out. Install it, or name one with --redis."
            )
        }
        return servers
    }

    private func context(_ servers: BenchServers?) throws -> BenchContext {
        var context = BenchContext(rounds: rounds, scale: scale, program: InstalledProgram.current)
        context.servers = servers
        context.load = try load.plan()
        context.redis = try redis.map { try RedisStore($0).forMeasuring() } ?? servers?.redis
        context.cluster = try redisCluster.map { try RedisStore(cluster: $0).forMeasuring() } ?? servers?.cluster
        return context
    }

    private func measure(_ suites: [BenchSuite], _ context: BenchContext, _ meter: BenchMeter) async throws {
        var context = context
        let text = BenchText(colors: StandardStream.output.showsColors)
        var report = BenchReport(
            version: BuildInformation.version, machine: .current, time: Date().timeIntervalSince1970, scale: scale)
        let stored = try keeping.stored(for: report)
        for store in [context.redis, context.cluster].compactMap(\.self) {
            report.redis.append(try await .of(store, isOwn: context.servers != nil))
        }
        if !json { StandardStream.output.write(text.head(report)) }
        for suite in suites {
            context.progress = { what, share in meter.show("\(suite.name): \(what)", share) }
            let tables = try await suite.run(context)
            meter.clear()
            report.add(tables, of: suite)
            // Written at once: the next suite may take minutes.
            if !json { for table in tables { StandardStream.output.write(text.table(table)) } }
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            StandardStream.output.write(String(decoding: try encoder.encode(report), as: UTF8.self))
        }
        let isWorse = try await keeping.keep(report, against: stored, on: json ? .error : .output)
        if report.missedMarks > 0 || isWorse { throw ExitCode(1) }
    }

    private func chosen() throws -> [BenchSuite] {
        guard !suites.isEmpty else { return BenchSuite.all }
        return try suites.map { name in
            if let suite = BenchSuite.named(name) { return suite }
            let names = BenchSuite.all.map(\.name)
            throw ValidationError(
                "There is no suite '\(name)'\(NearestWord.hint(for: name, among: names)); the suites are "
                    + "\(names.joined(separator: ", ")).")
        }
    }
}

/// Tells on a terminal what is measured.
private struct BenchMeter: Sendable {
    func show(_ what: String, _ share: Double) {
        guard StandardStream.error.isTerminal else { return }
        let filled = Int(max(0, min(1, share)) * 24)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
        write("\r\u{1b}[2K\(bar) \(what)")
    }

    /// Leaves the line to what comes after.
    func clear() {
        if StandardStream.error.isTerminal { write("\r\u{1b}[2K") }
    }

    private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
