import NIOCore
import RedisServers
import Sluice
import Testing

@testable import SluiceRedis

/// What the script does with keys, values and memory, beside deciding.
@Suite("The script", .timeLimit(.minutes(10)))
struct ScriptTests {
    /// A limiter's plans, decided by a server on its own time.
    private struct Bench {
        let server: RedisServer
        let connection: ScriptConnection
        let limiter: Limiter
        let layout: KeyLayout
        let script = DecisionScript()

        init(_ server: RedisServer, _ prefix: String, _ limits: [Limit]) throws {
            self.server = server
            connection = try ScriptConnection(port: server.port)
            layout = KeyLayout(prefix: prefix)
            let rules = limits.enumerated().map { Rule("r\($0.offset)", by: .user, $0.element) }
            limiter = try Limiter([Policy("p", rules: rules)])
        }

        func plan(_ user: String = "1", cost: Int64 = 1) throws -> ChargePlan {
            try limiter.policy("p").plan([.user: user], cost: cost)
        }

        /// Has requests decided in one call.
        func ask(
            _ requests: [(plan: ChargePlan, operation: StoreOperation)]
        ) throws -> (moment: Int64, answers: [ReplyReader.Answer]) {
            var batch = DecisionBatch(script, layout: layout, redisTime: Timestamp(nanoseconds: 0))
            for request in requests { batch.append(request.plan.charges, request.operation) }
            var reader = try ReplyReader(connection.call(batch), of: script)
            let answers = try requests.map { try reader.next($0.plan.charges) }
            #expect(reader.isAtEnd)
            return (reader.moment, answers)
        }

        func bucket() throws -> String {
            let key = try plan().charges[0].key
            let digits = String(layout.bucket(of: key), radix: 16)
            let tag = String(layout.tag(of: key), radix: 16)
            return "\(layout.prefix):{\(tag.count < 2 ? "0" : "")\(tag)}:"
                + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }

    private static let decide = StoreOperation.decide(isObserved: false)

    private func verdicts(_ answer: ReplyReader.Answer) throws -> [ChargeVerdict] {
        guard case .judged(let verdicts) = answer else { throw ScriptConnection.Failure(message: "\(answer)") }
        return verdicts
    }

    @Test func `Requests of one call see each other's charges, in their order`() async throws {
        let bench = try Bench(await RedisServer.shared(), "order", [.tokenBucket(2, per: .hours(1))])
        let plan = try bench.plan()
        let answers = try bench.ask(Array(repeating: (plan, Self.decide), count: 4)).answers
        #expect(try answers.map { try verdicts($0)[0].denial } == [nil, nil, .limited, .limited])
        #expect(try answers.map { try verdicts($0)[0].remaining } == [1, 0, 0, 0])
    }

    @Test(arguments: [
        Limit.tokenBucket(3, per: .hours(1)), .fixedWindow(3, per: .hours(1)), .slidingLog(3, per: .hours(1)),
    ])
    func `A denial writes nothing, and every key expires`(limit: Limit) async throws {
        let bench = try Bench(await RedisServer.shared(), "denial-\(limit.algorithm)", [limit])
        let plan = try bench.plan()
        _ = try bench.ask(Array(repeating: (plan, Self.decide), count: 3))
        guard case .list(let keys) = try await bench.server.command("KEYS", "\(bench.layout.prefix):*"),
            case .text(let key)? = keys.first
        else { throw ScriptConnection.Failure(message: "no key") }
        let before = try await bench.server.command("GET", key)
        let answer = try bench.ask([(plan, Self.decide)]).answers[0]
        #expect(try verdicts(answer)[0].denial == .limited)
        #expect(try await bench.server.command("GET", key) == before)
        guard case .number(let left) = try await bench.server.command("PTTL", key) else {
            throw ScriptConnection.Failure(message: "no expiry")
        }
        #expect(left > 0 && left < 3 * 3_600_000)
    }

    @Test(arguments: ["list", "text", "short"])
    func `What others wrote under a key is told and kept`(kind: String) async throws {
        let bench = try Bench(await RedisServer.shared(), "wrong-\(kind)", [.tokenBucket(3, per: .hours(1))])
        let key = try bench.bucket()
        switch kind {
        case "list": try await bench.server.succeed("RPUSH", key, "a")
        case "text": try await bench.server.succeed("SET", key, "somebody else's text, longer than a header")
        default: try await bench.server.succeed("SET", key, "x")
        }
        let answer = try bench.ask([(bench.plan(), Self.decide)]).answers[0]
        #expect(answer == .wrongValue)
        #expect(try await bench.server.command("TYPE", key) == .text(kind == "list" ? "list" : "string"))
    }

    @Test func `A server without memory refuses the call and charges nothing`() async throws {
        try await RedisServer.during { server in
            let bench = try Bench(server, "full", [.tokenBucket(3, per: .hours(1)), .slidingLog(3, per: .hours(1))])
            let plan = try bench.plan()
            _ = try bench.ask([(plan, Self.decide)])
            try await server.configSet("maxmemory", "1")
            let failure = #expect(throws: ScriptConnection.Failure.self) { try bench.ask([(plan, Self.decide)]) }
            #expect(failure?.message.hasPrefix("-OOM") == true)
            try await server.configSet("maxmemory", "0")
            let after = try verdicts(bench.ask([(plan, .peek)]).answers[0])
            #expect(after.map(\.remaining) == [2, 2])
        }
    }

    @Test func `A server that has lost the script is given it again`() async throws {
        try await RedisServer.during { server in
            let bench = try Bench(server, "lost", [.tokenBucket(3, per: .hours(1))])
            for remaining in [2, 1] as [Int64] {
                try await server.succeed("FUNCTION", "FLUSH")
                #expect(try verdicts(bench.ask([(bench.plan(), Self.decide)]).answers[0])[0].remaining == remaining)
            }
        }
    }

    @Test func `What was charged in another slot is taken back`() async throws {
        let limits: [Limit] = [
            .tokenBucket(5, per: .hours(1)), .slidingLog(5, per: .hours(1)), .fixedWindow(5, per: .days(365)),
            .slidingWindow(5, per: .days(365)), .cooldown(.hours(1)),
        ]
        let bench = try Bench(await RedisServer.shared(), "undo", limits)
        let plan = try bench.plan()
        let moment = try bench.ask([(plan, Self.decide)]).moment
        let undo = StoreOperation.undo(chargedAt: moment, lease: nil)
        let after = try verdicts(bench.ask([(plan, undo), (plan, .peek)]).answers[1])
        // What has drained meanwhile may have been another's, so up to a token stays used.
        #expect(after[0].remaining >= 4)
        #expect(after.dropFirst().map(\.remaining) == [5, 5, 5, 1])
    }

    @Test func `Borrowing takes what there is, and no more`() async throws {
        let bench = try Bench(await RedisServer.shared(), "borrow", [.fixedWindow(5, per: .days(365))])
        let three = try bench.plan(cost: 3)
        let answers = try bench.ask(Array(repeating: (three, .borrow), count: 3)).answers
        #expect(try answers.map { try verdicts($0)[0].remaining } == [3, 2, 0])
    }

    @Test func `A bucket forgets what is over, and a log of a hundred is small`() async throws {
        let bench = try Bench(await RedisServer.shared(), "small", [.slidingLog(100, per: .hours(1))])
        let plan = try bench.plan()
        for _ in 0..<4 { _ = try bench.ask(Array(repeating: (plan, Self.decide), count: 25)) }
        guard case .list(let keys) = try await bench.server.command("KEYS", "small:*"),
            case .text(let key)? = keys.first,
            case .number(let bytes) = try await bench.server.command("MEMORY", "USAGE", key)
        else { throw ScriptConnection.Failure(message: "no key") }
        #expect(bytes <= 600)
    }
}
