import RedisServers
import Sluice
import SluiceTesting
import Testing

@testable import SluiceRedis

/// Plain token buckets and gaps are decided straight from the bytes of their buckets. Here those are so few that cells
/// of many callers and policies meet in them: beside each other, as rows that overlap, added and prolonged in one call.
@Suite("Token buckets and gaps that share buckets in Redis")
struct NeighbourTests {
    private static let users = 12

    /// Rules by the same and by different values, and some of the same numbers.
    private static func policies(_ size: Int64) -> [Policy] {
        let (short, long) = (Limit.tokenBucket(size, per: .seconds(size)), Limit.tokenBucket(4, per: .seconds(400)))
        return [
            Policy("one") { Rule("a", by: .user, short) },
            Policy("row") {
                Rule("a", by: .user, short)
                Rule("b", by: .user, long)
                Rule("c", by: .user, .tokenBucket(2 * size, per: .seconds(20)))
                Rule("d", by: .user, short)
            },
            Policy("mixed") {
                Rule("a", by: .user, .tokenBucket(3, per: .seconds(9)))
                Rule("b", by: .user, short)
                Rule("c", by: .chat, .tokenBucket(30, per: .seconds(60)))
                Rule("d", by: .user, .chat, long)
                Rule("e", by: [], .tokenBucket(60, per: .seconds(60)))
            },
            Policy("conditional") {
                Rule("a", by: .user, short)
                Rule("b", by: .user, long, when: [.command: "ask"])
                Rule("c", by: .user, .tokenBucket(10, per: .seconds(50)))
            },
            Policy("tail") {
                Rule("a", by: .user, .tokenBucket(20, per: .seconds(20)), when: [.command: "ask"])
                Rule("b", by: .user, .tokenBucket(20, per: .seconds(40)))
            },
            Policy("gap") { Rule("a", by: .user, .cooldown(.seconds(2))) },
            // One cell is there mostly and the other one is not, in either order.
            Policy(
                "repeats",
                rules: [
                    Rule("a", by: [.user, .text], .debounce(.seconds(2))), Rule("b", by: [.user], short),
                    Rule("c", by: [.user, .text], .cooldown(.seconds(1))),
                ], partition: .user),
            // Each attempt restarts it: denied the long way.
            Policy("restarted") {
                Rule("a", by: .user, .debounce(.seconds(3), extend: true))
                Rule("b", by: .user, short)
            },
            // A penalty: its cells lie among the others, and are decided the long way.
            Policy("punished") {
                Rule(
                    "a", by: .user, .tokenBucket(2, per: .seconds(2)),
                    penalty: .ban(.seconds(30), after: 2, within: .seconds(60)))
            },
        ]
    }

    private static func descriptor(using random: inout SplitMix64) -> Descriptor {
        let user = Int.random(in: 0..<users, using: &random)
        var descriptor: Descriptor = [.user: "u\(user)", .chat: "c\(user % 3)"]
        descriptor[.text] = "t\(Int.random(in: 0..<4, using: &random))"
        if Bool.random(using: &random) { descriptor[.command] = "ask" }
        return descriptor
    }

    @Test("are decided in turn, as memory decides them one by one", arguments: 0..<30 as Range<UInt64>)
    func batches(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let connection = try ScriptConnection(port: await RedisServer.shared().port)
        let layout = KeyLayout(prefix: "neighbours-\(seed)", buckets: seed % 3 == 0 ? 1 : 4)
        let script = DecisionScript()
        let time = ManualTime(at: Timestamp(milliseconds: 1_700_000_000_000))
        let memory = try Limiter(Self.policies(5), time: .provided(by: time))
        for call in 0..<120 {
            // Numbers change, and rules' cells with them.
            if call % 40 == 39 { try memory.replacePolicies(with: Self.policies([5, 8, 6][call / 40 % 3])) }
            var batch = DecisionBatch(
                script, layout: layout, redisTime: time.now(), moment: time.now().nanoseconds / 1_000)
            var asked: [(plan: ChargePlan, expected: Decision)] = []
            for _ in 0..<Int.random(in: 1...24, using: &random) {
                let name = memory.policies.randomElement(using: &random)!.name
                let descriptor = Self.descriptor(using: &random)
                let cost: Int64 = Int.random(in: 0..<12, using: &random) == 0 ? 0 : .random(in: 1...3, using: &random)
                let plan = try memory.policy(name).plan(descriptor, cost: cost)
                batch.append(plan.charges, .decide(isObserved: false))
                asked.append((plan, try memory.decide(name, descriptor, cost: cost)))
            }
            var reader = try ReplyReader(connection.call(batch), of: script)
            for (index, (plan, expected)) in asked.enumerated() {
                guard case .judged(let verdicts) = try reader.next(plan.charges) else {
                    throw ScriptConnection.Failure(message: "seed \(seed), call \(call): not judged")
                }
                let decision = plan.decision(verdicts)
                try #require(decision == expected, "seed \(seed), call \(call), request \(index): \(plan.charges)")
            }
            #expect(reader.isAtEnd)
            time.advance(by: .milliseconds([0, 0, 1, 700, 3_000, 90_000].randomElement(using: &random)!))
        }
    }
}
