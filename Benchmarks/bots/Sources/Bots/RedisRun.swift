import Logging
import Sluice
import SluiceBots
import SluiceRedis

/// Updates decided on Redis: one at a time, or by many users at once who each wait for their own.
struct RedisRun {
    struct Outcome: Encodable {
        /// For each update, as time passes: with many users at once many are decided in that time.
        var microseconds: Double
        var updates: Int
        var users: Int
    }

    private let options: Options
    private let users: Int

    init(_ options: Options, users: Int) {
        self.options = options
        self.users = users
    }

    func run() async throws -> Outcome {
        var store = try RedisStore(options.redis)
        store.prefix = "bots-\(UInt64.random(in: .min ... .max))"
        store.timeout = .seconds(10)
        let limiter = try SharedLimiter(
            Scene.policies, store: store, logger: Logger(label: "bots") { _ in SwiftLogNoOpLogHandler() })
        let bot = try Scene.bot(limiter, hasOwnPolicy: false)
        let updates = Scene.updates(options.updates ?? (users == 1 ? 5_000 : 200_000), ofEach: users == 1 ? 5 : 1)
        for update in Scene.updates(200, ofEach: 1, from: 5_000_000) { await bot.handle(update) }
        let began = ContinuousClock.now
        try await withThrowingTaskGroup { group in
            for user in 0..<users {
                group.addTask {
                    for place in stride(from: user, to: updates.count, by: users) {
                        guard case .handled(let decision) = await bot.handle(updates[place]), !decision.isDegraded
                        else {
                            throw Scene.Denied()
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let took = ContinuousClock.now - began
        await limiter.shutDown()
        return Outcome(
            microseconds: took / .microseconds(1) / Double(updates.count), updates: updates.count, users: users)
    }
}
