import Foundation
import Sluice
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("The other endpoints", .timeLimit(.minutes(10)))
struct RouteTests {
    @Test("a lease is taken, renewed and given back; a third one of two is denied", arguments: EngineUnderTest.allCases)
    func leases(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            var leases: [String] = []
            for _ in 0..<2 {
                let reply = try await server.request("POST", "/v1/leases", #"{"policy":"busy"}"#)
                #expect(reply.status == 201)
                #expect(try reply.json["expires_after"] as? Int == 30)
                #expect(try reply.json["allowed"] as? Bool == true)
                let lease = try #require(try reply.json["lease"] as? String)
                #expect(reply["Location"] == "/v1/leases/\(lease)")
                let policy = try StructuredList(try #require(reply["RateLimit-Policy"]))
                #expect(policy.items.first?.parameters["qu"] == .string("concurrent-requests"))
                leases.append(lease)
            }
            let denied = try await server.request("POST", "/v1/leases", #"{"policy":"busy"}"#)
            #expect(denied.status == 429)
            #expect(denied["Retry-After"] == "30")
            #expect(try denied.json["lease"] == nil)

            server.time.advance(by: .seconds(20))
            let renewed = try await server.request("PUT", "/v1/leases/\(leases[0])")
            #expect(renewed.status == 200)
            #expect(try renewed.json["lease"] as? String == leases[0])
            server.time.advance(by: .seconds(15))
            #expect(try await server.request("PUT", "/v1/leases/\(leases[1])").status == 404)
            #expect(try await server.request("DELETE", "/v1/leases/\(leases[0])").status == 204)
            #expect(try await server.request("DELETE", "/v1/leases/\(leases[0])").status == 404)
            #expect(try await server.request("DELETE", "/v1/leases/nonsense").status == 404)
        }
    }

    @Test(
        "a lease of a policy without one is an error, and of a rule that does not apply is none",
        arguments: EngineUnderTest.allCases)
    func noLease(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            let wrong = try await server.request("POST", "/v1/leases", #"{"policy":"chat","descriptor":{"user":"1"}}"#)
            #expect(wrong.status == 400)
            let none = try await server.request("POST", "/v1/leases", #"{"policy":"vip","descriptor":{"user":"1"}}"#)
            #expect(none.status == 200)
            #expect(try none.json["lease"] is NSNull)
        }
    }

    @Test("the policies are listed with their rules", arguments: EngineUnderTest.allCases)
    func policies(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            let reply = try await server.request("GET", "/v1/policies")
            #expect(reply["Content-Type"] == "application/json")
            let policies = try #require(try reply.json["policies"] as? [[String: Any]])
            #expect(policies.compactMap { $0["name"] as? String } == ServerUnderTest.policies.map(\.name))
            let rules = try #require(policies.first?["rules"] as? [[String: Any]])
            let limit = try #require(rules.first?["limit"] as? [String: Any])
            #expect(limit["algorithm"] as? String == "token-bucket")
            #expect(limit["count"] as? Int == 5 && limit["burst"] as? Int == 5 && limit["period"] as? Int == 10)
            let vip = try #require(policies.first { $0["name"] as? String == "vip" }?["rules"] as? [[String: Any]])
            #expect((vip.first?["when"] as? [String: [String]]) == ["user": ["vip-*"]])
        }
    }

    @Test("health, readiness and the first page", arguments: ["GET", "HEAD"], EngineUnderTest.allCases)
    func pages(method: String, engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            for (path, begins) in [("/healthz", "ok"), ("/readyz", "ready"), ("/", "This is Sluice.")] {
                let reply = try await server.request(method, path)
                #expect(reply.status == 200)
                #expect(method == "HEAD" ? reply.body.isEmpty : reply.body.hasPrefix(begins))
            }
        }
    }

    @Test("a Unix domain socket serves too, and its file goes when the server does")
    func unixSocket() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "sluice-\(UInt64.random(in: 0 ... .max)).sock"
        ).path
        try await ServerUnderTest.run(http: .unix(path: path)) { server in
            #expect(try await server.request("GET", "/healthz").status == 200)
            let answer = try await DecisionClient(server: "unix:\(path)")
                .ask(DecisionQuery(policy: "chat", descriptor: [.user: "1"]))
            #expect(DecisionAnswer(json: answer)?.remaining == 4)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
