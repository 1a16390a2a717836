import NIOPosix
import RESP
import Sluice

/// One decision at a time, in turn with one GET at a time by the same client.
struct LatencyRun {
    struct Quantiles: Codable {
        var p50Microseconds: Double
        var p99Microseconds: Double
    }

    struct Outcome: Codable {
        var decision: Quantiles
        var get: Quantiles
        var tally: Tally
    }

    /// So few in turn that a slow moment of the machine meets both sides.
    private static let turn = 100

    private let options: Options
    private let subject: Subject
    private let client: RedisClient

    init(_ options: Options) throws {
        guard case .redis(let url) = options.place else { throw Options.Fault(message: "latency needs --redis") }
        self.options = options
        subject = try Subject(options)
        // As many lanes as the limiter has, on the same event loops.
        client = RedisClient(
            try RedisConfiguration(url: url), lanes: options.lanes ?? 1, group: MultiThreadedEventLoopGroup.singleton,
            logger: Subject.logger)
    }

    func run() async throws -> Outcome {
        try await subject.warmUp()
        let names = (0..<options.keys).map { "user:\($0)" }
        for name in names {
            try await client.execute(Redis.SET("plain:\(name)", "0123456789abcdef", expiresInMilliseconds: 3_600_000))
            _ = try await subject.decide(name)
        }
        var decisions = Histogram()
        var gets = Histogram()
        var tally = Tally()
        for start in stride(from: 0, to: options.decisions, by: Self.turn) {
            for number in start..<start + Self.turn {
                let name = names[number &* 7_368_787 % names.count]
                let began = Stopwatch.now
                let decision = try await subject.decide(name)
                decisions.record(Stopwatch.now - began)
                tally.count(decision)
            }
            for number in start..<start + Self.turn {
                let key = "plain:\(names[number &* 7_368_787 % names.count])"
                let began = Stopwatch.now
                let value = try await client.execute(Redis.GET(key))
                gets.record(Stopwatch.now - began)
                precondition(value != nil, "what was set is there")
            }
        }
        await client.close()
        await subject.shutDown()
        return Outcome(decision: Quantiles(decisions), get: Quantiles(gets), tally: tally)
    }
}

extension LatencyRun.Quantiles {
    init(_ histogram: Histogram) {
        p50Microseconds = Double(histogram.quantile(0.5)) / 1e3
        p99Microseconds = Double(histogram.quantile(0.99)) / 1e3
    }
}
