import Sluice
import SluiceBots

/// A bot whose handler does nothing, protected in several ways, and what users write to it.
struct BotScene {
    /// How a handler is protected.
    enum Protection: String, CaseIterable {
        case nothing, debounce, throttle, both

        /// The names of its policies.
        fileprivate var policies: [String] { self == .nothing ? [] : [rawValue] }
    }

    /// Nobody says too much here, so that every handler runs.
    private static let throttle = Limit.slidingWindow(1_000_000, per: .seconds(60))
    private static let window = Duration.seconds(2)
    private static let debounce = Policy(
        Protection.debounce.rawValue, rules: [Rule("repeats", by: .user, .fingerprint, .debounce(window))],
        partition: .user)

    static let policies = [
        debounce, .bot(debounce: nil, throttle: throttle, named: Protection.throttle.rawValue),
        .bot(debounce: window, throttle: throttle, named: Protection.both.rawValue),
    ]

    /// The handler by itself.
    private let bare: @Sendable (BotUpdate) async throws -> Void = { _ in }
    private let pipelines: [BotPipeline]
    private var written = 0

    init(_ place: DecisionPlace) throws {
        pipelines = try Protection.allCases.map { protection in
            switch place {
            case .memory(let limiter): try Self.pipeline(limiter, protection)
            case .shared(let limiter): try Self.pipeline(limiter, protection)
            }
        }
    }

    private static func pipeline(_ limiter: some LimiterProtocol, _ protection: Protection) throws -> BotPipeline {
        try BotPipeline(limiter, policies: protection.policies) { BotHandler(.all) { _ in } }
    }

    /// What each protection adds to a call of the handler: nanoseconds by update, the medians of some chunks in each of
    /// which all of them run in turn.
    mutating func overheads(chunks: Int, updates count: Int) async throws -> [Double] {
        var added = pipelines.map { _ in Rounds() }
        let bare = bare
        for chunk in 0..<chunks {
            let updates = write(count)
            let without = try await Self.time(updates) { try await bare($0) }
            for turn in pipelines.indices {
                // Another one begins each time.
                let place = (turn + chunk) % pipelines.count
                let pipeline = pipelines[place]
                let with = try await Self.time(updates) { try Self.check(await pipeline.handle($0)) }
                added[place].add((with - without) / Double(count))
            }
        }
        return added.map { $0.median ?? .nan }
    }

    /// Messages of 1,000 users in turn, none like another.
    private mutating func write(_ count: Int) -> [BotUpdate] {
        defer { written += count }
        return (written..<(written + count)).map { number in
            let user = "\(1_000_000 + number % 1_000)"
            return BotUpdate(
                platform: .telegram, kind: "message", user: BotUser(id: user), chat: BotChat(id: user, kind: .direct),
                text: "message \(number)", fingerprint: "message \(number)")
        }
    }

    @concurrent
    private static func time(
        _ updates: [BotUpdate], _ handle: @Sendable (BotUpdate) async throws -> Void
    ) async throws -> Double {
        let start = ContinuousClock.now
        for update in updates { try await handle(update) }
        return (ContinuousClock.now - start) / .nanoseconds(1)
    }

    /// What a failure choice decides is no figure of Redis's, and who is denied has no handler run.
    private static func check(_ outcome: BotOutcome) throws(BenchError) {
        guard case .handled(let decision) = outcome else {
            throw BenchError("an update did not reach its handler; please report this: \(outcome)")
        }
        guard !decision.isDegraded else {
            throw BenchError("Redis did not decide: start it, or name one that is there with --redis")
        }
    }
}
