import ArgumentParser
import Foundation
import Sluice
import SluiceBench

/// `sluice bench capacity`
struct CapacityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capacity",
        abstract: "Reckon how many servers, Redis nodes, connections and gigabytes a load needs, and where it stops.",
        discussion: """
            Nothing is measured: the plan follows from costs that were, each of which is told with its source. \
            --print-costs prints them, to be changed and given back by --costs. Numbers may end in k, m, g or t, as in \
            250k, 1.5m or 1g. Exits 1 if no number of servers is enough.
            """)

    @Option(help: ArgumentHelp("Users, active or not.", valueName: "n"))
    var users: String?

    @Option(help: ArgumentHelp("Decisions of all of them, such as 1m/s or 90m/h.", valueName: "n/span"))
    var rate: String?

    @Option(help: ArgumentHelp("Decisions of each user instead, such as 20/h.", valueName: "n/span"))
    var perUser: String?

    @Option(
        help: ArgumentHelp("The share of users with live cells: active within the limits' periods.", valueName: "share")
    )
    var active = 0.1

    @Option(help: ArgumentHelp("Rules that apply to a decision.", valueName: "n"))
    var rules = 1

    @Option(help: ArgumentHelp("How many of them count by different descriptor keys.", valueName: "n"))
    var places = 1

    @Option(help: ArgumentHelp("The rules' algorithm, as in a policy file.", valueName: "word"))
    var algorithm = CapacityDemand.Algorithm.tokenBucket.rawValue

    @Option(help: ArgumentHelp("Hits in a sliding log, or leases held.", valueName: "n"))
    var entries = 0

    @Option(help: ArgumentHelp("Bytes of the value that rules count by.", valueName: "n"))
    var keyBytes = 16

    @Option(
        name: [.customLong("protocol")],
        help: ArgumentHelp("How servers are asked: resp, http or grpc.", valueName: "word"))
    var transport = CapacityDemand.Transport.resp.rawValue

    @Option(help: ArgumentHelp("Commands that a client sends at once by resp.", valueName: "n"))
    var pipeline = 16

    @Option(help: ArgumentHelp("Connections of all clients; 50 for each server unless told.", valueName: "n"))
    var connections: String?

    @Option(help: ArgumentHelp("Where the cells are: memory or redis.", valueName: "word"))
    var store = CapacityDemand.Store.redis.rawValue

    @Option(help: ArgumentHelp("Replicas of each Redis master.", valueName: "n"))
    var replicas = 1

    @Option(help: ArgumentHelp("The least number of groups that callers are split into.", valueName: "n"))
    var groups = 1

    @Option(help: ArgumentHelp("Cores of a server.", valueName: "n"))
    var cores = 8

    @Option(help: ArgumentHelp("The share of a core's time to plan for.", valueName: "share"))
    var utilisation = 0.6

    @Option(help: ArgumentHelp("The network between servers and Redis, there and back.", valueName: "microseconds"))
    var roundTrip = 300.0

    @Option(help: ArgumentHelp("The share of all decisions that are about one and the same key.", valueName: "share"))
    var hottest = 0.0

    @Option(help: ArgumentHelp("How that key's rule borrows: none, auto or a number of units.", valueName: "word"))
    var borrow = CapacityBorrowing.none.word

    @Option(help: ArgumentHelp("The costs to reckon with, as --print-costs prints them.", valueName: "file"))
    var costs: String?

    @Flag(help: "Print the costs as JSON, and no plan.")
    var printCosts = false

    @Flag(help: "Simulate one of the groups, and put what it saw beside the plan.")
    var simulate = false

    @Option(help: ArgumentHelp("What the simulation's chances follow from.", valueName: "n"))
    var seed: UInt64 = 1

    @Flag(help: "Print the plan as JSON.")
    var json = false

    func validate() throws {
        if printCosts { return }
        try Self.asUsage { try demand().validate() }
    }

    func run() throws {
        let costs = try Self.asUsage { try unitCosts() }
        guard !printCosts else { return StandardStream.output.write(costs.json) }
        do {
            let plan = try CapacityPlanner(try demand(), costs: costs).plan()
            let comparison = simulate ? CapacityComparison(plan, costs: costs, seed: seed) : nil
            StandardStream.output.write(json ? try report(plan, comparison) : text(plan, costs, comparison))
        } catch let limit as CapacityLimit {
            StandardStream.error.write(limit.description)
            throw ExitCode(1)
        }
    }

    private func text(_ plan: CapacityPlan, _ costs: UnitCosts, _ comparison: CapacityComparison?) -> String {
        CapacityText(
            plan: plan, costs: costs, comparison: comparison, colors: StandardStream.output.showsColors
        ).text
    }

    private func report(_ plan: CapacityPlan, _ comparison: CapacityComparison?) throws -> String {
        struct Report: Encodable {
            var plan: CapacityPlan
            var simulation: CapacityComparison?
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(Report(plan: plan, simulation: comparison)), as: UTF8.self)
    }

    // MARK: Options

    private func demand() throws -> CapacityDemand {
        guard let users else { throw BenchError("How many users? Say --users N, such as --users 1m") }
        let count = try CapacityNumber.count(users)
        var demand = CapacityDemand(users: count, decisionsPerSecond: try decisions(of: count))
        (demand.activeShare, demand.rules, demand.places) = (active, rules, places)
        demand.algorithm = try Self.word(algorithm, "--algorithm")
        (demand.entries, demand.keyBytes, demand.pipeline) = (entries, keyBytes, pipeline)
        demand.transport = try Self.word(transport, "--protocol")
        demand.connections = try connections.map(CapacityNumber.count)
        demand.store = try Self.word(store, "--store")
        (demand.replicas, demand.groups, demand.cores) = (replicas, groups, cores)
        (demand.utilisation, demand.roundTrip) = (utilisation, roundTrip / 1e6)
        demand.hottestShare = hottest
        demand.borrowing = try CapacityBorrowing(borrow)
        return demand
    }

    private func decisions(of users: Double) throws -> Double {
        switch (rate, perUser) {
        case (let rate?, nil): try CapacityNumber.rate(rate)
        case (nil, let each?): try CapacityNumber.rate(each) * users
        case (nil, nil): throw BenchError("How many decisions? Say --rate 1m/s, or --per-user 20/h")
        case _: throw BenchError("--rate is of all users and --per-user of each: say one of them")
        }
    }

    private func unitCosts() throws -> UnitCosts {
        guard let costs else { return UnitCosts() }
        guard let text = try? String(contentsOfFile: costs, encoding: .utf8) else {
            throw BenchError("\(costs) cannot be read; --costs takes a file such as --print-costs prints")
        }
        return try UnitCosts(json: text, from: costs)
    }

    private static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ text: String, _ option: String
    ) throws -> Word {
        if let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map(\.rawValue)
        throw BenchError(
            "\(option) '\(text)' is none of \(words.joined(separator: ", "))"
                + NearestWord.hint(for: text, among: words))
    }

    /// What is wrong with the options is a usage error.
    private static func asUsage<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as BenchError {
            throw ValidationError(error.description + ".")
        }
    }
}
