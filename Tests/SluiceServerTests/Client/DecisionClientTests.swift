import Sluice
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("Asking a server", .timeLimit(.minutes(10)))
struct DecisionClientTests {
    @Test("gives its answer, allowed or denied", arguments: EngineUnderTest.allCases)
    func asks(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            let client = try DecisionClient(server: "http://\(server.http)/")
            var query = DecisionQuery(policy: "chat", descriptor: [.user: "a\"b\\é\n"], cost: 5)
            let allowed = try #require(DecisionAnswer(json: try await client.ask(query)))
            #expect(allowed.allowed && allowed.remaining == 0 && allowed.retryAfterSeconds == nil)
            query.charges = false
            query.cost = 1
            let denied = try #require(DecisionAnswer(json: try await client.ask(query)))
            #expect(!denied.allowed && denied.rule == "flood" && denied.retryAfterSeconds == 2)
            #expect(denied.reason == "limited")
        }
    }

    @Test("gives the answer that a limiter here would give", arguments: EngineUnderTest.allCases)
    func answersLocally(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            let query = DecisionQuery(policy: "chat", descriptor: [.user: "1"], cost: 2)
            let limiter = try Limiter(ServerUnderTest.policies, time: .provided(by: ManualTime()))
            #expect(try await DecisionClient(server: "\(server.http)").ask(query) == query.answer(of: limiter))
        }
    }

    @Test("tells what the server says is wrong", arguments: EngineUnderTest.allCases)
    func refused(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            let client = try DecisionClient(server: "\(server.http)")
            let error = await #expect(throws: DecisionClientError.self) {
                try await client.ask(DecisionQuery(policy: "chta", descriptor: [:]))
            }
            #expect(error?.code == .refused)
            #expect(error?.message.contains("did you mean 'chat'?") == true)
        }
    }

    @Test("tells when nobody is there, and what to do")
    func unreachable() async throws {
        // Whoever listened there has stopped.
        var address: ListenAddress?
        try await ServerUnderTest.run { address = $0.http }
        let client = try DecisionClient(server: "\(try #require(address))")
        let error = await #expect(throws: DecisionClientError.self) {
            try await client.ask(DecisionQuery(policy: "chat", descriptor: [:]))
        }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("Connection refused") == true)
        #expect(error?.message.contains("sluice serve") == true)
    }

    @Test("needs an address", arguments: ["", "ftp://a", "https://", "http://", "a/b/c", "http://a:x", "unix:"])
    func invalidAddress(text: String) {
        let error = #expect(throws: DecisionClientError.self) { try DecisionClient(server: text) }
        #expect(error?.code == .invalidAddress)
    }
}
