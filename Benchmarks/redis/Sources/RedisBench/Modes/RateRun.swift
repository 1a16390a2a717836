import Sluice

/// Decisions by many tasks at once, each over its share of the keys.
struct RateRun {
    struct Outcome: Codable {
        var decisions: Int
        var seconds: Double
        var clientSeconds: Double
        var tally: Tally
    }

    private let options: Options
    private let subject: Subject
    private let names: [String]

    init(_ options: Options) throws {
        self.options = options
        subject = try Subject(options)
        // All of at most 15 bytes, which Swift keeps in place.
        names = (0..<options.keys).map { "user:\($0)" }
    }

    func run() async throws -> Outcome {
        try await subject.warmUp()
        let watch = Stopwatch()
        var tally = Tally()
        try await withThrowingTaskGroup(of: Tally.self) { group in
            for task in 0..<options.tasks {
                group.addTask { try await decideShare(of: task) }
            }
            for try await share in group { tally += share }
        }
        let outcome = Outcome(
            decisions: options.decisions, seconds: watch.seconds, clientSeconds: watch.cpuSeconds, tally: tally)
        await subject.shutDown()
        return outcome
    }

    private func decideShare(of task: Int) async throws -> Tally {
        var tally = Tally()
        for number in stride(from: task, to: options.decisions, by: options.tasks) {
            // A prime spreads neighbours and meets every key once before any of them again.
            tally.count(try await subject.decide(names[number &* 7_368_787 % names.count]))
        }
        return tally
    }
}
