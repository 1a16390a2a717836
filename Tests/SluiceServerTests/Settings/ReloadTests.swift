import Foundation
import Sluice
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("A policy file that is read again", .timeLimit(.minutes(10)))
struct ReloadTests {
    private static func text(limit: Int, denial: Int = 429) -> String {
        """
        server:
          authorize: {api: {deny-with: \(denial)}}
        policies:
          api: {rules: [{name: each, by: [ip], limit: \(limit) per 1h, algorithm: fixed-window}]}
        """
    }

    /// Runs a server on a file, and hands `body` the server and a way to write the file.
    private static func run(
        on engine: EngineUnderTest = .memory, watching interval: Duration = .zero,
        _ body: (ServerUnderTest, (String) throws -> Void) async throws -> Void
    ) async throws {
        let path = LifetimeTests.temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let write = { (text: String) in try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) }
        try write(text(limit: 2))
        let file = try ServerFile(contentsOf: path)
        try await ServerUnderTest.run(
            on: engine, policies: file.policies,
            configure: {
                $0.policyFile = path
                $0.settings = file.settings
                $0.watchInterval = interval
                $0.answersAdminCalls = true
            }
        ) { server in
            try await body(server, write)
        }
    }

    private static func ask(_ server: ServerUnderTest, _ client: Int = 1) async throws -> Int {
        let fields = ["X-Forwarded-For: 203.0.113.\(client)"]
        return try await server.request("GET", "/v1/authorize/api", fields: fields).status
    }

    @Test(
        "is in force at once when the admin call asks for it, and what was used stays used",
        arguments: EngineUnderTest.allCases)
    func adminCall(engine: EngineUnderTest) async throws {
        try await Self.run(on: engine) { server, write in
            #expect(try await Self.ask(server) == 200)
            #expect(try await Self.ask(server) == 200)
            #expect(try await Self.ask(server) == 429)
            try write(Self.text(limit: 3, denial: 403))
            let reply = try await server.request("POST", "/v1/policies/reload")
            #expect(reply.status == 200)
            #expect(try reply.json["policies"] as? Int == 1)
            #expect(try reply.json["rules"] as? Int == 1)
            // Two of three are used, not none.
            #expect(try await Self.ask(server) == 200)
            #expect(try await Self.ask(server) == 403)
        }
    }

    @Test("stays as it was when it is wrong, and says where")
    func wrong() async throws {
        try await Self.run { server, write in
            try write("policies:\n  api: {rulez: []}\n")
            let reply = try await server.request("POST", "/v1/policies/reload")
            #expect(reply.status == 422)
            let detail = try #require(try reply.json["detail"] as? String)
            #expect(detail.contains(":2:9: error: unknown key 'rulez' in policy 'api' (did you mean 'rules'?)"))
            #expect(try await Self.ask(server) == 200)
            #expect(try await Self.ask(server) == 200)
            #expect(try await Self.ask(server) == 429)
        }
    }

    @Test("is found changed, also by a link to another file, and not while it is missing or wrong")
    func watched() async throws {
        try await Self.run(watching: .milliseconds(20)) { server, write in
            for limit in [3, 4, 5] {
                try write("nonsense")
                try write(Self.text(limit: limit))
                // The only thing that waiting here can show is that it comes.
                while server.limiter.policies.first?.rules.first?.limit != .fixedWindow(Int64(limit), per: .hours(1)) {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            for _ in 0..<5 { #expect(try await Self.ask(server) == 200) }
            #expect(try await Self.ask(server) == 429)
        }
    }

    @Test("is put in force between requests: none fails, none is lost count of", arguments: EngineUnderTest.allCases)
    func underLoad(engine: EngineUnderTest) async throws {
        try await Self.run(on: engine) { server, write in
            let clients = 4
            let requests = 150
            try await withThrowingTaskGroup(of: Int.self) { group in
                for client in 0..<clients {
                    group.addTask {
                        try await server.connect { connection in
                            var allowed = 0
                            for _ in 0..<requests {
                                let fields = ["X-Forwarded-For: 203.0.113.\(client)"]
                                try await connection.send(
                                    ServerUnderTest.text("GET", "/v1/authorize/api", fields: fields))
                                let status = try await connection.reply().status
                                #expect(status == 200 || status == 429 || status == 403)
                                if status == 200 { allowed += 1 }
                            }
                            return allowed
                        }
                    }
                }
                // Each limit is larger than the one before, and the last is 50.
                for limit in 31...50 {
                    try write(Self.text(limit: limit, denial: limit % 2 == 0 ? 429 : 403))
                    #expect(try await server.request("POST", "/v1/policies/reload").status == 200)
                }
                for try await allowed in group { #expect(allowed <= 50) }
            }
            // Everybody was asked until denied, so the rest brings each to exactly the last limit.
            for client in 0..<clients {
                while try await Self.ask(server, client) == 200 {}
                let peek = "{\"policy\":\"api\",\"descriptor\":{\"ip\":\"203.0.113.\(client)\"},\"details\":true}"
                let reply = try await server.request("POST", "/v1/peek", peek)
                #expect(try reply.json["limit"] as? Int == 50)
                #expect(try reply.json["remaining"] as? Int == 0)
            }
        }
    }

    @Test("is read again by nobody who may not ask for it, nor where there is none")
    func refused() async throws {
        try await ServerUnderTest.run { server in
            let reply = try await server.request("POST", "/v1/policies/reload")
            #expect(reply.status == 403)
            let detail = try reply.json["detail"] as? String
            #expect(detail?.contains("--admin") == true)
        }
        try await ServerUnderTest.run(configure: { $0.answersAdminCalls = true }) { server in
            let reply = try await server.request("POST", "/v1/policies/reload")
            #expect(reply.status == 409)
            let detail = try reply.json["detail"] as? String
            #expect(detail?.contains("--config") == true)
        }
    }
}
