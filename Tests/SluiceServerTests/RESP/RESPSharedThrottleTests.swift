import Sluice
import SluiceTesting
import Testing

@testable import SluiceServer

/// What redis-cell documents holds wherever the cells are.
@Suite("CL.THROTTLE, wherever the cells are", .timeLimit(.minutes(10)), .serialized)
struct RESPSharedThrottleTests {
    private static func expect(
        _ reply: RESPDialogue.Reply, _ numbers: [Int64], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(reply == .array(numbers.map { .integer($0) }), sourceLocation: sourceLocation)
    }

    private static func dialogue(
        _ engine: EngineUnderTest, _ body: @escaping @Sendable (RESPDialogue) throws -> Void
    ) async throws {
        try await RESPServerUnderTest.run(on: engine) { server in
            try await server.script { try body(RESPDialogue($0)) }
        }
    }

    @Test("allows as many as the limit says, then says when", arguments: EngineUnderTest.allCases)
    func limits(engine: EngineUnderTest) async throws {
        try await Self.dialogue(engine) { server in
            for index in 0..<16 as Range<Int64> {
                Self.expect(
                    try server.ask("CL.THROTTLE user123 15 30 60000"), [0, 16, 15 - index, -1, 2_000 * (index + 1)])
            }
            Self.expect(try server.ask("CL.THROTTLE user123 15 30 60000"), [1, 16, 0, 2_000, 32_000])
            Self.expect(try server.ask("CL.THROTTLE other 15 30 60000"), [0, 16, 15, -1, 2_000])
        }
    }

    @Test("is denied for ever when the quantity exceeds the limit", arguments: EngineUnderTest.allCases)
    func impossible(engine: EngineUnderTest) async throws {
        try await Self.dialogue(engine) { server in
            Self.expect(try server.ask("CL.THROTTLE k 4 1 1000 6"), [1, 5, 5, -1, 0])
            Self.expect(try server.ask("CL.THROTTLE k 4 1 1000 5"), [0, 5, 0, -1, 5_000])
            Self.expect(try server.ask("CL.THROTTLE k 4 1 1000 6"), [1, 5, 0, -1, 5_000])
        }
    }

    @Test("only looks when the quantity is 0, and gives back when it is negative", arguments: EngineUnderTest.allCases)
    func looksAndGivesBack(engine: EngineUnderTest) async throws {
        try await Self.dialogue(engine) { server in
            Self.expect(try server.ask("CL.THROTTLE k 4 1 1000 0"), [0, 5, 5, -1, 0])
            Self.expect(try server.ask("CL.THROTTLE k 4 1 1000 5"), [0, 5, 0, -1, 5_000])
            Self.expect(try server.ask("CL.THROTTLE k 4 1 1000 0"), [0, 5, 0, -1, 5_000])
            Self.expect(try server.ask("CL.THROTTLE k 4 1 1000 -2"), [0, 5, 2, -1, 3_000])
            Self.expect(try server.ask("CL.THROTTLE k 4 1 1000 -99"), [0, 5, 5, -1, 0])
            Self.expect(try server.ask("CL.THROTTLE k 4 1 1000 5"), [0, 5, 0, -1, 5_000])
        }
    }

    @Test("refuses what redis-cell refuses, in its words", arguments: EngineUnderTest.allCases)
    func refusals(engine: EngineUnderTest) async throws {
        try await Self.dialogue(engine) { server in
            let usage = "Usage: cl.throttle <key> <max_burst> <count per period> <period> [<quantity>]"
            for (words, message) in [
                ("k 15 30", usage), ("k 1 2 3 4 5", usage), ("k x 30 60", "Couldn't parse as integer: x"),
                ("k 15 0 60", "Zero rates are not supported"), ("k 15 30 0", "Zero rates are not supported"),
            ] {
                let reply = try server.ask("CL.THROTTLE \(words)")
                #expect(reply == .failure("Cell error: \(message)"))
            }
        }
    }

    @Test("survives the extremes of 64 bits", arguments: [EngineUnderTest.redis, .cluster])
    func extremes(engine: EngineUnderTest) async throws {
        try await Self.dialogue(engine) { server in
            let values: [Int64] = [.min, -1, 0, 1, 1_000_000_000, .max]
            for burst in values {
                for count in values {
                    var requests: [String] = []
                    for period in values {
                        for quantity in values {
                            requests.append("CL.THROTTLE k\(burst)/\(count) \(burst) \(count) \(period) \(quantity)")
                        }
                    }
                    try server.send(requests)
                    for (request, reply) in zip(requests, try server.replies(requests.count)) {
                        #expect(
                            reply.integers.count == 5 || reply == .failure("Cell error: Zero rates are not supported"),
                            "\(request): \(reply)")
                    }
                }
            }
        }
    }

    /// redis-cell's arithmetic written down plainly, in whole nanoseconds at whole microseconds of time.
    @Test("agrees with redis-cell's formula on random calls", arguments: EngineUnderTest.allCases)
    func oracle(engine: EngineUnderTest) async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("RESPSharedThrottleTests.oracle: seed \(seed)")
        try await RESPServerUnderTest.run(on: engine) { server in
            let time = server.time
            // To a whole microsecond: Redis knows nothing finer.
            time.advance(by: .nanoseconds(1_000 - time.now().nanoseconds % 1_000))
            try await server.script { address in
                let dialogue = try RESPDialogue(address)
                var random = SplitMix64(seed: seed)
                var arrivals: [String: Int128] = [:]
                for _ in 0..<1_000 {
                    time.advance(by: .microseconds(random.pick([0, 1, 999, 500_000, 3_000_000])))
                    let now = Int128(time.now().nanoseconds)
                    let burst = random.pick([0, 1, 4, 15])
                    let (count, period) = random.pick([(1, 1), (3, 10), (30, 60), (7, 1)])
                    // The numbers of a key change from call to call: what was used stays used.
                    let key = random.pick(["a", "b"])
                    let quantity = random.pick([1, 1, 1, 2, 0, 5, 20, -1])
                    let emission = Int128(period) * 1_000_000_000 / Int128(count)
                    let tolerance = emission * Int128(burst + 1)
                    let arrival = max(now, arrivals[key] ?? now)
                    let next = max(now, arrival + emission * Int128(quantity))
                    let isLimited = now < next - tolerance
                    if !isLimited { arrivals[key] = next }
                    let reset = (isLimited ? arrival : next) - now
                    let retry = isLimited && emission * Int128(quantity) <= tolerance ? next - tolerance - now : -1
                    func seconds(_ time: Int128) -> Int64 {
                        time < 0 ? -1 : Int64(time / 1_000_000_000 + (time % 1_000_000_000 >= 1_000_000 ? 1 : 0))
                    }
                    let expected = [
                        isLimited ? 1 : 0, Int64(burst + 1), Int64(max(0, (tolerance - reset) / emission)),
                        seconds(retry), seconds(reset),
                    ]
                    let request = "CL.THROTTLE \(key) \(burst) \(count) \(period) \(quantity)"
                    let reply = try dialogue.ask(request)
                    #expect(reply.integers == expected, "\(request), seed \(seed)")
                    if reply.integers != expected { return }
                }
            }
        }
    }

    @Test("is counted together by servers that share a store", arguments: [EngineUnderTest.redis, .cluster])
    func together(engine: EngineUnderTest) async throws {
        let store = try await engine.store(ManualTime())
        try await RESPServerUnderTest.run(on: engine, ownStore: store) { first in
            try await RESPServerUnderTest.run(on: engine, ownStore: store, threads: 2) { second in
                for remaining in [3, 1] as [Int64] {
                    try await first.script {
                        Self.expect(
                            try RESPDialogue($0).ask("CL.THROTTLE k 4 1 1000"),
                            [0, 5, remaining + 1, -1, (4 - remaining) * 1_000])
                    }
                    try await second.script {
                        Self.expect(
                            try RESPDialogue($0).ask("CL.THROTTLE k 4 1 1000"),
                            [0, 5, remaining, -1, (5 - remaining) * 1_000])
                    }
                }
            }
        }
    }
}
