import RedisServers
import SluiceRedis
import Testing

/// A network that delays, cuts, drops and garbles what Redis says.
@Suite("When the network", .serialized, .timeLimit(.minutes(10)))
struct NetworkChaosTests {
    private func chaos(do body: (TCPProxy, ChaosLoad) async throws -> Void) async throws -> ChaosOutcome {
        try await RedisServer.during { server in
            try await TCPProxy.during(to: server.port) { proxy in
                let outcome = try await ChaosLoad.run(on: RedisStore(proxy.url)) { load in try await body(proxy, load) }
                #expect(outcome.chargedTwice == 0, "\(outcome)")
                #expect(outcome.lost == 0, "\(outcome)")
                #expect(outcome.breach() == nil, "\(outcome)")
                return outcome
            }
        }
    }

    @Test func `is too slow for a while, decisions do not wait for it`() async throws {
        _ = try await chaos { proxy, load in
            try await proxy.delay(requests: .milliseconds(20), replies: .milliseconds(30))
            try await load.waitForDecisions(20)
            try await proxy.delay(replies: .milliseconds(600))
            try await load.waitForDegraded()
            try await proxy.delay()
        }
    }

    @Test func `cuts connections in the middle of a reply, nothing is sent again`() async throws {
        let outcome = try await chaos { proxy, load in
            for length in [0, 1, 5, 17, 100] {
                let before = load.degradedCount
                try await proxy.cutReplies(afterBytes: length)
                try await eventually("a connection was cut") { load.degradedCount > before }
                try await load.waitForDecisions()
            }
        }
        #expect(outcome.degraded > 0)
    }

    @Test func `drops a connection and tells nobody, another one is opened`() async throws {
        let outcome = try await chaos { proxy, load in
            for _ in 0..<2 {
                try await proxy.swallowOpenConnections()
                try await load.waitForDegraded()
                try await load.waitForDecisions()
            }
        }
        #expect(outcome.degraded > 0)
    }

    @Test func `refuses and then swallows connections, it is tried again until it does neither`() async throws {
        _ = try await chaos { proxy, load in
            for welcome in [TCPProxy.Welcome.refuse, .swallow] {
                try await proxy.welcome(welcome)
                try await proxy.closeAll()
                try await load.waitForDegraded()
                try await proxy.welcome(.forward)
                try await load.waitForDecisions()
            }
        }
    }

    @Test func `garbles replies, nothing is taken for a decision that is none`() async throws {
        _ = try await chaos { proxy, load in
            // What is no RESP at all, and a reply that claims to be endless.
            for garbage in ["HTTP/1.1 400 Bad Request\r\n\r\n", "$9999999999\r\n", "*2147483647\r\n"] {
                try await proxy.rewriteReplies { _ in Array(garbage.utf8) }
                try await load.waitForDegraded()
                try await proxy.rewriteReplies(nil)
                try await load.waitForDecisions()
            }
        }
    }

    @Test func `lets replies through a few bytes at a time, they are put together`() async throws {
        _ = try await chaos { proxy, load in
            try await proxy.trickleReplies(64)
            try await load.waitForDecisions(50)
            try await proxy.trickleReplies(nil)
        }
    }
}
