import Sluice
import SluiceRedis

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
        // The policy is looked up once and kept at hand, as where a limiter is used.
        switch subject.handle {
        case .memory(let policy):
            for name in share(of: task) { tally.count(try policy.decide(subject.scene.descriptor(name))) }
        case .shared(let policy, _):
            for name in share(of: task) { tally.count(try await policy.decide(subject.scene.descriptor(name))) }
        }
        return tally
    }

    private func share(of task: Int) -> some Sequence<String> {
        // A prime spreads neighbours and meets every key once before any of them again.
        stride(from: task, to: options.decisions, by: options.tasks).lazy.map { [names] number in
            names[number &* 7_368_787 % names.count]
        }
    }
}
