import Foundation
import Sluice
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("Events, callers and what administrators do", .timeLimit(.minutes(10)))
struct EventsTests {
    private static func named(_ configuration: inout ServerConfiguration) {
        configuration.showsCallers = true
        configuration.answersAdminCalls = true
    }

    private static let policies = [
        Policy("chat") { Rule("flood", by: .user, .tokenBucket(2, per: .seconds(10))) },
        Policy("login", rules: [Rule("tries", by: .user, .fixedWindow(5, per: .minutes(15)), penalty: .onHold)]),
        Policy("busy") { Rule("slots", .concurrency(2, lease: .seconds(30))) },
    ]

    private static func lines(_ reply: HTTPReply) throws -> [[String: Any]] {
        try reply.body.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test(
        "a stream begins with the last hour and tells each second how things stand", arguments: EngineUnderTest.allCases
    )
    func summaries(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine, policies: Self.policies, configure: Self.named) { server in
            for _ in 0..<3 {
                _ = try await server.request("POST", "/v1/check", #"{"policy":"chat","descriptor":{"user":"42"}}"#)
            }
            try await server.connect { connection in
                try await connection.send(ServerUnderTest.text("GET", "/v1/events"))
                let text = try await connection.text(until: "\"overrides\":[]}\n\n")
                #expect(text.contains("Content-Type: text/event-stream"))
                #expect(text.contains("event: history\ndata: {\"step\":10,\"points\":["))
                let data = try #require(text.components(separatedBy: "event: summary\ndata: ").last)
                let json = try #require(data.components(separatedBy: "\n").first)
                let summary = try #require(
                    try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
                let rules = try #require(summary["rules"] as? [[String: Any]])
                let flood = try #require(rules.first { $0["rule"] as? String == "flood" })
                #expect(flood["allowed"] as? Int == 2 && flood["denied"] as? Int == 1)
                #expect(flood["use"] as? [Int] == [0, 0, 0, 1, 0, 0, 0, 1])
                #expect(flood["limit"] as? String == "2 per 10s" && flood["can_ban"] as? Bool == false)
                #expect(rules.first { $0["rule"] as? String == "tries" }?["can_ban"] as? Bool == true)
                let callers = try #require(summary["callers"] as? [[String: Any]])
                #expect(callers.first?["caller"] as? String == "user=42" && callers.first?["denied"] as? Int == 1)
                #expect((summary["nodes"] as? [Any])?.isEmpty == (engine == .memory))
                #expect((summary["cells"] is NSNull) == (engine != .memory))
            }
        }
    }

    @Test("a stream of decisions tells those that are asked for", arguments: EngineUnderTest.allCases)
    func decisions(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine, policies: Self.policies, configure: Self.named) { server in
            try await server.connect { connection in
                try await connection.send(
                    ServerUnderTest.text("GET", "/v1/events?decisions=denied&caller=user%3D4&summary=false"))
                try await connection.text(until: ": watching")
                for user in ["42", "7"] {
                    for _ in 0..<3 {
                        let body = "{\"policy\":\"chat\",\"descriptor\":{\"user\":\"\(user)\"}}"
                        _ = try await server.request("POST", "/v1/check", body)
                    }
                }
                let text = try await connection.text(until: "event: decision\ndata: {")
                let told = try await connection.text(until: "\"degraded\":false}\n\n")
                #expect(!text.contains("summary"))
                #expect(
                    told.contains(
                        "\"outcome\":\"denied\",\"caller\":\"user=42\",\"cost\":1,\"limit\":2,\"remaining\":0"))
                #expect(!told.contains("user=7") && !told.contains("allowed"))
            }
            let recent = try Self.lines(
                try await server.request("GET", "/v1/events", fields: ["Accept: application/x-ndjson"]))
            #expect(recent.compactMap { $0["caller"] as? String } == ["user=42", "user=7"])
            let callers = try Self.lines(try await server.request("GET", "/v1/callers?include_details=true&limit=1"))
            #expect(callers.count == 1)
            #expect(callers[0]["denied"] as? Int == 1 && callers[0]["share"] as? Double == 0.5)
        }
    }

    @Test("callers are told by hashes without --show-callers")
    func hashes() async throws {
        try await ServerUnderTest.run(policies: Self.policies) { server in
            for _ in 0..<3 {
                _ = try await server.request("POST", "/v1/check", #"{"policy":"chat","descriptor":{"user":"secret"}}"#)
            }
            let callers = try await server.request("GET", "/v1/callers")
            #expect(!callers.body.contains("secret") && !callers.body.isEmpty)
            let recent = try await server.request("GET", "/v1/events", fields: ["Accept: application/x-ndjson"])
            #expect(!recent.body.contains("secret") && !recent.body.isEmpty)
            #expect(try await !server.request("GET", "/metrics").body.contains("secret"))
        }
    }

    @Test("long lists come compressed to who takes that, and are the same then")
    func compressed() async throws {
        try await ServerUnderTest.run(policies: Self.policies, configure: Self.named) { server in
            for user in 0..<60 {
                for _ in 0..<3 { _ = try server.limiter.decide("chat", [.user: "\(user)"], at: server.time.now()) }
            }
            let plain = try await server.request("GET", "/v1/callers")
            #expect(plain["Content-Encoding"] == nil && plain.body.utf8.count > 1_000)
            let packed = try await server.request("HEAD", "/v1/callers", fields: ["Accept-Encoding: gzip"])
            #expect(packed["Content-Encoding"] == "gzip" && packed["Vary"] == "Accept-Encoding")
            #expect(Int(packed["Content-Length"] ?? "").map { $0 < plain.body.utf8.count / 2 } == true)
            let few = try await server.request("HEAD", "/v1/callers?limit=1", fields: ["Accept-Encoding: gzip"])
            #expect(few["Content-Encoding"] == nil)
            let refused = try await server.request("HEAD", "/v1/callers", fields: ["Accept-Encoding: gzip;q=0"])
            #expect(refused["Content-Encoding"] == nil)
        }
    }

    @Test(
        "what means nothing is told with the nearest word",
        arguments: [
            ("/v1/events?decision=all", "did you mean 'decisions'?"),
            ("/v1/events?decisions=some", "'denied' or 'all'"),
            ("/v1/events?outcome=denid", "did you mean 'denied'?"), ("/v1/callers?limit=0", "whole number from 1"),
            ("/v1/callers?includedetails=true", "did you mean 'include_details'?"),
            ("/v1/callers?include_details=yes", "true or false"),
        ])
    func wrongQueries(path: String, message: String) async throws {
        try await ServerUnderTest.run(policies: Self.policies) { server in
            let reply = try await server.request("GET", path)
            #expect(reply.status == 400)
            #expect(try (reply.json["detail"] as? String)?.contains(message) == true, "\(reply.body)")
        }
    }

    @Test("a stopping server ends its streams at once", .timeLimit(.minutes(1)))
    func stopping() async throws {
        try await ServerUnderTest.run(policies: Self.policies, configure: Self.named) { server in
            try await server.connect { connection in
                try await connection.send(ServerUnderTest.text("GET", "/v1/events"))
                try await connection.text(until: "event: summary")
                try await server.connect { other in
                    try await other.send(ServerUnderTest.text("GET", "/v1/events?decisions=all"))
                    try await other.text(until: "event: history")
                    let start = ContinuousClock.now
                    await server.server.shutDown()
                    _ = try await connection.rest()
                    _ = try await other.rest()
                    #expect(ContinuousClock.now - start < .seconds(8))
                }
            }
        }
    }

    @Test("a caller is banned and pardoned", arguments: EngineUnderTest.allCases)
    func bans(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine, policies: Self.policies, configure: Self.named) { server in
            let check = #"{"policy":"login","descriptor":{"user":"eve"}}"#
            func ban(_ method: String, _ body: String) async throws -> HTTPReply {
                try await server.request(method, "/v1/bans", body)
            }
            #expect(try await server.request("POST", "/v1/check", check).status == 200)
            let banned = try await ban(
                "POST", #"{"policy":"login","rule":"tries","descriptor":{"user":"eve"},"seconds":60}"#)
            #expect(banned.status == 200 && banned.body.hasPrefix("{\"banned\":true,\"until\":"))
            let denied = try await server.request("POST", "/v1/check", check)
            #expect(denied.status == 429)
            #expect(try denied.json["reason"] as? String == "banned")
            #expect(
                try await ban("DELETE", #"{"policy":"login","rule":"tries","descriptor":{"user":"eve"}}"#).status == 200
            )
            #expect(try await server.request("POST", "/v1/check", check).status == 200)
            let unable = try await ban(
                "POST", #"{"policy":"chat","rule":"flood","descriptor":{"user":"eve"},"seconds":60}"#)
            #expect(unable.status == 400 && unable.body.contains("penalty: {hold: true}"))
            #expect(
                try await ban("POST", #"{"policy":"login","rule":"tries","descriptor":{"user":"eve"}}"#).status == 400)
            #expect(
                try await ban(
                    "POST", #"{"policy":"login","rule":"tries","descriptor":{"user":"eve"},"seconds":-1}"#
                ).status == 400)
        }
    }

    @Test(
        "a limit is changed for a while, keeps what was used, and is its own again", arguments: EngineUnderTest.allCases
    )
    func overrides(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine, policies: Self.policies, configure: Self.named) { server in
            let check = #"{"policy":"chat","descriptor":{"user":"42"}}"#
            func status() async throws -> Int { try await server.request("POST", "/v1/check", check).status }
            func set(_ body: String) async throws -> HTTPReply {
                try await server.request("POST", "/v1/overrides", body)
            }
            #expect(try await [status(), status(), status()] == [200, 200, 429])
            let changed = try await set(#"{"policy":"chat","rule":"flood","limit":"4 per 10s","seconds":60}"#)
            #expect(changed.status == 200)
            #expect(try changed.json["limit"] as? String == "4 per 10s")
            #expect(try changed.json["instead_of"] as? String == "2 per 10s")
            #expect(try await [status(), status(), status()] == [200, 200, 429])
            #expect(try await server.request("GET", "/v1/overrides").body.contains("\"limit\":\"4 per 10s\""))
            #expect(try await server.request("GET", "/metrics").body.contains("\nsluice_overrides 1\n"))
            server.time.advance(by: .seconds(61))
            // It is looked after four times a second.
            var tries = 0
            while try await server.request("GET", "/v1/overrides").body != "{\"overrides\":[]}", tries < 200 {
                tries += 1
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(server.limiter.policies.first?.rules.first?.limit == .tokenBucket(2, per: .seconds(10)))
            #expect(try await [status(), status(), status()] == [200, 200, 429])
            for (body, status, message) in [
                (#"{"policy":"chat","rule":"flod","limit":"4 per 10s","seconds":60}"#, 404, "did you mean 'flood'?"),
                (#"{"policy":"chta","rule":"flood","limit":"4 per 10s","seconds":60}"#, 404, "did you mean 'chat'?"),
                (#"{"policy":"chat","rule":"flood","limit":"4","seconds":60}"#, 400, "lacks a span of time"),
                (#"{"policy":"chat","rule":"flood","limit":"0 per 1s","seconds":60}"#, 400, "'limit'"),
                (#"{"policy":"chat","rule":"flood","limit":"4 per 1s"}"#, 400, "'seconds' is missing"),
            ] {
                let reply = try await set(body)
                #expect(reply.status == status && reply.body.contains(message), "\(reply.body)")
            }
            let slots = try await set(#"{"policy":"busy","rule":"slots","limit":"9","seconds":60}"#)
            #expect(slots.status == 200 && server.limiter.policies.last?.rules.first?.limit.count == 9)
            let own = try await server.request("DELETE", "/v1/overrides", #"{"policy":"busy","rule":"slots"}"#)
            #expect(own.status == 200 && server.limiter.policies.last?.rules.first?.limit.count == 2)
            let none = try await server.request("DELETE", "/v1/overrides", #"{"policy":"busy","rule":"slots"}"#)
            #expect(none.status == 404)
        }
    }

    @Test(
        "nothing is changed without --admin, nor for another site's page",
        arguments: [
            ("POST", "/v1/bans"), ("DELETE", "/v1/bans"), ("POST", "/v1/overrides"), ("DELETE", "/v1/overrides"),
        ])
    func refused(method: String, path: String) async throws {
        try await ServerUnderTest.run(policies: Self.policies) { server async throws in
            #expect(try await server.request(method, path, "{}").status == 403)
        }
        try await ServerUnderTest.run(policies: Self.policies, configure: Self.named) { server in
            let reply = try await server.request(method, path, "{}", fields: ["Sec-Fetch-Site: cross-site"])
            #expect(reply.status == 403 && reply.body.contains("Another site"))
            let own = try await server.request(method, path, "{}", fields: ["Sec-Fetch-Site: same-origin"])
            #expect(own.status == 400)
        }
    }

    @Test("nothing is given back for another site's page", arguments: ["/v1/reset", "/v1/refund"])
    func refusedResets(path: String) async throws {
        try await ServerUnderTest.run(policies: Self.policies) { server in
            for (site, status) in [("cross-site", 403), ("same-site", 403), ("same-origin", 400), ("none", 400)] {
                let reply = try await server.request("POST", path, "{}", fields: ["Sec-Fetch-Site: \(site)"])
                #expect(reply.status == status, "\(site)")
            }
        }
    }

    @Test("the page comes whole, with its policy, and once")
    func page() async throws {
        try await ServerUnderTest.run(policies: Self.policies) { server in
            var bytes = 0
            for (path, type) in [
                ("/", "text/html"), ("/dashboard.css", "text/css"), ("/dashboard.js", "text/javascript"),
            ] {
                let reply = try await server.request("GET", path, fields: ["Accept: text/html"])
                bytes += reply.body.utf8.count
                #expect(reply.status == 200 && reply["Content-Type"] == "\(type); charset=utf-8")
                let policy = try #require(reply["Content-Security-Policy"])
                #expect(policy.hasPrefix("default-src 'none'") && !policy.contains("unsafe"))
                let tag = try #require(reply["ETag"])
                let again = try await server.request(
                    "GET", path, fields: ["Accept: text/html", "If-None-Match: \(tag)"])
                #expect(again.status == 304 && again.body.isEmpty)
                #expect(!reply.body.contains("http://") || path == "/" || path == "/dashboard.js")
            }
            #expect(bytes < 60 * 1_024, "the page has \(bytes) bytes")
            #expect(try await server.request("GET", "/").body.hasPrefix("This is Sluice."))
            #expect(try await server.request("GET", "/v1/whoami").json["admin"] as? Bool == false)
        }
    }
}
