import ArgumentParser
import Foundation
import Sluice
import SluiceBench
import SluicePolicies
import SluiceRedis
import SluiceServer

/// `sluice bench`
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure decisions on this machine, beside the figures that others publish of themselves.",
        discussion: """
            Suites:
            \(BenchSuite.all.map { "  \($0.name.padding(toLength: 10, withPad: " ", startingAt: 0)) \($0.purpose)" }
                .joined(separator: "\n"))

            Without names all of them run. What needs a Redis is measured on the one that --redis or --redis-cluster \
            names, and left out without; it takes keys of its own there, which expire. Exits 0 if every pass mark was \
            met, 1 if one was missed.
            """)

    @Argument(help: ArgumentHelp("The suites.", valueName: "suite"))
    var suites: [String] = []

    @Option(help: ArgumentHelp("How often each figure is measured.", valueName: "n"))
    var rounds = 7

    @Option(help: ArgumentHelp("The Redis to measure on.", valueName: "url"))
    var redis: String?

    @Option(help: ArgumentHelp("The Redis Cluster to measure on, by some of its nodes.", valueName: "url"))
    var redisCluster: String?

    @Option(help: ArgumentHelp("Do so much of the usual work, to try it out: 0.01 is quick.", valueName: "share"))
    var scale = 1.0

    @Flag(help: "Print the report as JSON.")
    var json = false

    func validate() throws {
        _ = try chosen()
        guard (1...1_000).contains(rounds) else { throw ValidationError("--rounds must be between 1 and 1000.") }
        guard scale > 0, scale <= 1 else { throw ValidationError("--scale must be above 0 and at most 1.") }
    }

    func run() async throws {
        let meter = BenchMeter()
        var context = BenchContext(rounds: rounds, scale: scale, redis: try store(redis) { try RedisStore($0) })
        context.cluster = try store(redisCluster) { try RedisStore(cluster: $0) }
        let text = BenchText(colors: StandardStream.output.showsColors)
        var report = BenchReport(
            version: BuildInformation.version, machine: .current, time: Date().timeIntervalSince1970)
        if !json { StandardStream.output.write(text.head(report)) }
        for suite in try chosen() {
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
        if report.missedMarks > 0 { throw ExitCode(1) }
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

    /// A store of keys of its own, in which decisions wait for as long as they must.
    private func store(_ url: String?, _ make: (String) throws -> RedisStore) throws -> RedisStore? {
        guard let url else { return nil }
        var store = try make(url)
        store.prefix = "bench-\(UInt32.random(in: .min ... .max))"
        store.timeout = .seconds(10)
        store.rememberedDenials = 0
        return store
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
