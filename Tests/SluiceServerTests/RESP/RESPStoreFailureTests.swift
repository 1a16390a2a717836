import RedisServers
import Sluice
import Testing

@testable import SluiceServer

@Suite("RESP while Redis is away", .timeLimit(.minutes(10)))
struct RESPStoreFailureTests {
    @Test("answers what was in flight by the failure choices, in order, and recovers by itself")
    func stopped() async throws {
        try await OwnRedis.during(timeout: .milliseconds(500)) { redis in
            try await RESPServerUnderTest.run(on: .redis, ownStore: redis.store, policies: OwnRedis.policies) {
                server in
                let dialogue = try await server.script { address in
                    let dialogue = try RESPDialogue(address)
                    #expect(try dialogue.ask("SLUICE.CHECK open 1 user 42").integers.prefix(2) == [1, 1_000])
                    #expect(try dialogue.ask("SLUICE.CHECK shut 1 user 42").integers.prefix(2) == [1, 1_000])
                    return dialogue
                }
                redis.server.pause()
                try dialogue.send(
                    (0..<50).flatMap {
                        [
                            "SLUICE.CHECK open 1 user \($0)", "SLUICE.CHECK shut 1 user \($0)", "ECHO \($0)",
                            "SLUICE.CHECK here 1 user \($0)", "CL.THROTTLE k\($0) 1 1 60",
                            "SLUICE.REFUND open user \($0)",
                        ]
                    })
                try await eventually("all is read") { server.server.statistics.requests >= 302 }
                await redis.server.kill()
                try await server.script { _ in
                    for index in 0..<50 {
                        #expect(try dialogue.reply().integers.first == 1)
                        #expect(try dialogue.reply().integers.first == 0)
                        #expect(try dialogue.reply() == .text("\(index)"))
                        #expect(try dialogue.reply().integers.first == 1)
                        #expect(try dialogue.reply().integers.first == 0)
                        let refund = "\(try dialogue.reply())"
                        #expect(refund.hasPrefix("-ERR Redis did not answer"), "\(refund)")
                    }
                    // And at once, without waiting for who is known to be away.
                    #expect(try dialogue.ask("SLUICE.CHECK shut 1 user 42").integers.first == 0)
                    #expect(try dialogue.ask("PING") == .text("PONG"))
                }
                try await redis.server.restart()
                try await eventually("decisions are made on Redis again") {
                    try await server.script { _ in
                        try dialogue.ask("SLUICE.CHECK shut 1 user new").integers.first == 1
                    }
                }
            }
        }
    }

    @Test("serves from the start when Redis is not there yet, and finds it when it is")
    func startsWithout() async throws {
        try await OwnRedis.during(timeout: .milliseconds(500)) { redis in
            await redis.server.kill()
            try await RESPServerUnderTest.run(on: .redis, ownStore: redis.store, policies: OwnRedis.policies) {
                server in
                let dialogue = try await server.script { address in
                    let dialogue = try RESPDialogue(address)
                    #expect(try dialogue.ask("SLUICE.CHECK open 1 user 42").integers.first == 1)
                    #expect(try dialogue.ask("SLUICE.CHECK shut 1 user 42").integers.first == 0)
                    let lease = try dialogue.ask("SLUICE.ACQUIRE busy")
                    // Nobody counts it: there is nothing to renew.
                    if let token = lease.text { _ = try dialogue.ask("SLUICE.RELEASE \(token)") }
                    return dialogue
                }
                try await redis.server.restart()
                try await eventually("decisions are made on Redis") {
                    try await server.script { _ in try dialogue.ask("SLUICE.CHECK shut 1 user 42").integers.first == 1 }
                }
            }
        }
    }
}
