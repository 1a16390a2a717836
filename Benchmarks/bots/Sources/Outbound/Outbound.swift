import Sluice
import SluiceTesting

/// What pacing costs, and how near it comes to what a platform allows.
@main
struct Outbound {
    static let rounds = 7

    static func main() async throws {
        try await passing()
        try await waiting()
        try await telegram()
    }

    /// A send that passes at once against its closure alone, and against a decision and the closure.
    private static func passing() async throws {
        let policy = Policy("out") { Rule("all", by: .chat, .tokenBucket(1_000_000_000, per: .seconds(1))) }
        let pacer = try Pacer(policy)
        let handle = try pacer.limiter.policy("out")
        let chats = (0..<1_000).map { number -> Descriptor in [.chat: String(number)] }
        let calls = 100_000
        var direct: [Double] = []
        var decided: [Double] = []
        var paced: [Double] = []
        for _ in 0..<rounds {
            direct.append(try await perCall(calls) { try await Self.call(chats[$0 % 1_000]) })
            decided.append(
                try await perCall(calls) {
                    if try handle.decide(chats[$0 % 1_000]).isAllowed { try await Self.call(chats[$0 % 1_000]) }
                })
            paced.append(
                try await perCall(calls) { index in
                    try await pacer.send(to: chats[index % 1_000]) { try await Self.call(chats[index % 1_000]) }
                })
        }
        print(
            "a send that passes at once: closure \(words(direct)), decision and closure \(words(decided)), "
                + "pacer \(words(paced))")
    }

    @inline(never)
    private static func call(_ chat: Descriptor) async throws {
        if chat.entries.isEmpty { throw CancellationError() }
    }

    private static func perCall(_ calls: Int, _ call: (Int) async throws -> Void) async throws -> Double {
        let began = ContinuousClock.now
        for index in 0..<calls { try await call(index) }
        return (ContinuousClock.now - began) / .nanoseconds(1) / Double(calls)
    }

    /// From the moment at which a limit lets one pass to the moment at which its closure runs, while others wait.
    private static func waiting() async throws {
        for count in [10, 100, 1_000, 10_000] {
            let time = ManualTime()
            let pacer = try Pacer(
                Policy("out") { Rule("all", .slidingLog(1, per: .seconds(1))) }, time: .provided(by: time))
            var spans: [Double] = []
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (begun, signal) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
                for chat in 0..<count {
                    group.addTask {
                        try await pacer.send(to: [.chat: String(chat)]) { _ = signal.yield(.now) }
                    }
                }
                var starts = begun.makeAsyncIterator()
                _ = await starts.next()
                while pacer.waiting < count - 1 { await Task.yield() }
                for _ in 0..<min(300, count - 1) {
                    await time.untilSleepers(1)
                    let open = ContinuousClock.now
                    time.advance(by: .seconds(1) + .milliseconds(1))
                    if let start = await starts.next() { spans.append((start - open) / .nanoseconds(1)) }
                }
                group.cancelAll()
                while let result = await group.nextResult() { if case .failure = result { continue } }
            }
            print("one begins while \(count) wait: \(words(spans))")
        }
    }

    /// 5,000 messages to 1,000 chats of a platform that enforces Telegram's limits exactly.
    private static func telegram() async throws {
        for instances in [1, 2] {
            let time = ManualTime()
            let platform = PlatformModel.telegram()
            let limiter = try Limiter([PacingPreset.telegram().policy], time: .provided(by: time))
            let pacers = try (0..<instances).map { _ in try Pacer(limiter, .telegram()) }
            let trial = PacingTrial(pacers, platform, on: time)
            let chats = (0..<5_000).map { Descriptor.telegram(chat: Int64(1 + $0 % 1_000)) }
            let began = ContinuousClock.now
            let report = try await trial.send(to: chats, seed: 1)
            let shortest = Duration.seconds((5_000 - 1) / 30) + trial.latency * 2
            print(
                "5,000 messages, \(instances) pacer\(instances == 1 ? "" : "s"): \(report.duration), shortest "
                    + "\(shortest), ratio \(report.duration / shortest), refused \(platform.refused), "
                    + "computed in \(ContinuousClock.now - began)")
        }
    }

    private static func words(_ samples: [Double]) -> String {
        let sorted = samples.sorted()
        return "\(Int(sorted[sorted.count / 2])) ns"
    }
}
