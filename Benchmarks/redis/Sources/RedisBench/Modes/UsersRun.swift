import Sluice

/// So many users at once, each a task with a key of its own, who wait for each decision before they ask for the next.
struct UsersRun {
    struct Outcome: Codable {
        var users: Int
        var decisions: Int
        var seconds: Double
        var clientSeconds: Double
        var p50Milliseconds: Double
        var p99Milliseconds: Double
        var largestMilliseconds: Double
        var tally: Tally
    }

    private let options: Options
    private let subject: Subject

    init(_ options: Options) throws {
        self.options = options
        subject = try Subject(options)
    }

    func run() async throws -> Outcome {
        try await subject.warmUp()
        var histogram = Histogram()
        var tally = Tally()
        let watch = Stopwatch()
        try await withThrowingTaskGroup(of: (Tally, [Int64]).self) { group in
            for user in 0..<options.tasks {
                group.addTask { try await decide(for: user) }
            }
            for try await (share, durations) in group {
                tally += share
                for duration in durations { histogram.record(duration) }
            }
        }
        let outcome = Outcome(
            users: options.tasks, decisions: options.tasks * options.decisions, seconds: watch.seconds,
            clientSeconds: watch.cpuSeconds, p50Milliseconds: Double(histogram.quantile(0.5)) / 1e6,
            p99Milliseconds: Double(histogram.quantile(0.99)) / 1e6,
            largestMilliseconds: Double(histogram.largest) / 1e6, tally: tally)
        await subject.shutDown()
        return outcome
    }

    /// A user's decisions, as many as the options say for each of them, and how long each took.
    private func decide(for user: Int) async throws -> (Tally, [Int64]) {
        var tally = Tally()
        var durations: [Int64] = []
        durations.reserveCapacity(options.decisions)
        let name = "user:\(user)"
        for _ in 0..<options.decisions {
            let began = Stopwatch.now
            let decision = try await subject.decide(name)
            durations.append(Stopwatch.now - began)
            tally.count(decision)
        }
        return (tally, durations)
    }
}
