import Foundation
import Sluice
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("Decisions over HTTP", .timeLimit(.minutes(10)))
struct DecisionEndpointTests {
    @Test("allow until the limit is used up, then deny and say when", arguments: ServerWay.all)
    func checks(way: ServerWay) async throws {
        try await way.run { server in
            try await server.connect { connection in
                for remaining in [4, 3, 2, 1, 0] {
                    try await connection.send(ServerUnderTest.check())
                    let reply = try await connection.reply()
                    #expect(reply.status == 200)
                    #expect(reply["Content-Type"] == "application/json")
                    #expect(reply["Date"]?.hasSuffix(" GMT") == true)
                    #expect(reply["Retry-After"] == nil)
                    let json = try reply.json
                    #expect(json["remaining"] as? Int == remaining)
                    #expect(json["allowed"] as? Bool == true)
                    #expect(json["retry_after"] is NSNull)
                }
                try await connection.send(ServerUnderTest.check())
                let reply = try await connection.reply()
                #expect(reply.status == 429)
                #expect(
                    reply.body == #"{"allowed":false,"policy":"chat","rule":"flood","limit":5,"remaining":0,"#
                        + #""retry_after":2,"reset_after":10,"degraded":false,"reason":"limited"}"#)
                #expect(reply["Retry-After"] == "2")
                server.time.advance(by: .milliseconds(1_999))
                try await connection.send(ServerUnderTest.check())
                let early = try await connection.reply()
                #expect(early.status == 429)
                #expect(try early.json["retry_after"] as? Double == 0.001)
                #expect(early["Retry-After"] == "1")
                server.time.advance(by: .milliseconds(1))
                try await connection.send(ServerUnderTest.check())
                #expect(try await connection.reply().status == 200)
            }
        }
    }

    @Test("carry the IETF fields", arguments: ServerWay.all)
    func fields(way: ServerWay) async throws {
        try await way.run { server in
            let first = try await server.request("POST", "/v1/check", #"{"policy":"chat","descriptor":{"user":"1"}}"#)
            #expect(first["RateLimit-Policy"] == #""flood";q=5;w=10"#)
            #expect(first["RateLimit"] == #""flood";r=4;t=2"#)
            let odd = try await server.request(
                "POST", "/v1/check", #"{"policy":"odd \"näme\\","descriptor":{"user":"1"}}"#)
            #expect(odd.status == 200)
            #expect(try odd.json["policy"] as? String == "odd \"näme\\")
            #expect(try odd.json["rule"] as? String == "rule \"1\\ é")
            let policy = try StructuredList(try #require(odd["RateLimit-Policy"]))
            #expect(
                policy.items == [
                    .init(name: "rule \"1\\ %C3%A9", parameters: ["q": .integer(2), "w": .integer(86_400)])
                ])
            let state = try StructuredList(try #require(odd["RateLimit"]))
            #expect(state.items.first?.name == policy.items.first?.name)
            #expect(state.items.first?.parameters["r"] == .integer(1))
            let free = try await server.request("POST", "/v1/check", #"{"policy":"free","descriptor":{"user":"1"}}"#)
            #expect(free["RateLimit"] == nil && free["RateLimit-Policy"] == nil)
            #expect(
                free.body == #"{"allowed":true,"policy":"free","rule":null,"limit":null,"remaining":null,"#
                    + #""retry_after":null,"reset_after":null,"degraded":false}"#
                    || free.body.contains(#""rule":"open","limit":null"#))
        }
    }

    @Test("tell each rule's own outcome when asked for details", arguments: ServerWay.all)
    func details(way: ServerWay) async throws {
        try await way.run { server in
            let body = #"{"policy":"chat","descriptor":{"user":"1"},"cost":5,"details":true}"#
            let allowed = try await server.request("POST", "/v1/check", body)
            let rules = try #require(try allowed.json["rules"] as? [[String: Any]])
            #expect(rules.map { $0["rule"] as? String } == ["flood", "hourly"])
            #expect(rules.map { $0["remaining"] as? Int } == [0, 15])
            #expect(rules.map { $0["mode"] as? String } == ["enforce", "enforce"])
            let policy = try StructuredList(try #require(allowed["RateLimit-Policy"]))
            #expect(
                policy.items == [
                    .init(name: "flood", parameters: ["q": .integer(5), "w": .integer(10)]),
                    .init(name: "hourly", parameters: ["q": .integer(20), "w": .integer(3_600)]),
                ])
            let denied = try await server.request("POST", "/v1/check", body)
            #expect(denied.status == 429)
            let wait = try #require(denied["Retry-After"].flatMap { Int64($0) })
            for item in try StructuredList(try #require(denied["RateLimit"])).items {
                if case .integer(let seconds)? = item.parameters["t"] { #expect(seconds <= wait) }
            }
            let outcomes = try #require(try denied.json["rules"] as? [[String: Any]])
            #expect(outcomes.map { $0["allowed"] as? Bool } == [false, true])
            #expect(outcomes.first?["reason"] as? String == "limited")
        }
    }

    @Test("peek charges nothing, refund gives back, reset forgets", arguments: ServerWay.all)
    func otherOperations(way: ServerWay) async throws {
        try await way.run { server in
            func ask(_ path: String, _ more: String = "") async throws -> HTTPReply {
                try await server.request("POST", path, "{\"policy\":\"chat\",\"descriptor\":{\"user\":\"1\"}\(more)}")
            }
            _ = try await ask("/v1/check", ",\"cost\":5")
            #expect(try await ask("/v1/peek").status == 429)
            #expect(try await ask("/v1/peek", ",\"cost\":0").status == 200)
            let refunded = try await ask("/v1/refund", ",\"cost\":2")
            #expect(refunded.status == 200)
            #expect(try refunded.json["remaining"] as? Int == 2)
            #expect(try await ask("/v1/peek").json["remaining"] as? Int == 2)
            _ = try await ask("/v1/check", ",\"cost\":2")
            let reset = try await ask("/v1/reset")
            #expect(reset.status == 200)
            #expect(try reset.json["remaining"] as? Int == 5)
        }
    }

    @Test("say why they deny", arguments: ServerWay.all)
    func reasons(way: ServerWay) async throws {
        try await way.run { server in
            let impossible = try await server.request(
                "POST", "/v1/check", #"{"policy":"chat","descriptor":{"user":"1"},"cost":6}"#)
            #expect(impossible.status == 429)
            #expect(impossible["Retry-After"] == nil)
            #expect(try impossible.json["reason"] as? String == "impossible")
            #expect(try impossible.json["retry_after"] is NSNull)
            let listed = try await server.request(
                "POST", "/v1/check", #"{"policy":"closed","descriptor":{"user":"mallory"}}"#)
            #expect(listed.status == 429)
            #expect(try listed.json["reason"] as? String == "listed")
            #expect(try listed.json["rule"] is NSNull)
            #expect(listed["RateLimit"] == nil)
        }
    }

    @Test("name a rule in shadow mode that would deny", arguments: ServerWay.all)
    func shadow(way: ServerWay) async throws {
        try await way.run { server in
            let body = #"{"policy":"shadow","descriptor":{"user":"1"}}"#
            #expect(try await server.request("POST", "/v1/check", body).json["shadow_denied_by"] == nil)
            let second = try await server.request("POST", "/v1/check", body)
            #expect(second.status == 200)
            #expect(try second.json["shadow_denied_by"] as? String == "soon")
        }
    }

    @Test("deny with problem details when these are asked for", arguments: ServerWay.all)
    func problem(way: ServerWay) async throws {
        try await way.run { server in
            let body = #"{"policy":"strict","descriptor":{"user":"1"}}"#
            let fields = ["Accept: application/json, application/problem+json"]
            #expect(try await server.request("POST", "/v1/check", body, fields: fields).status == 200)
            let denied = try await server.request("POST", "/v1/check", body, fields: fields)
            #expect(denied.status == 429)
            #expect(denied["Content-Type"] == "application/problem+json")
            #expect(denied["Retry-After"] == "2")
            #expect(
                try denied.json["type"] as? String == "https://iana.org/assignments/http-problem-types#quota-exceeded")
            #expect(try denied.json["violated-policies"] as? [String] == ["user"])
            #expect(try denied.json["status"] as? Int == 429)
        }
    }

    @Test("that are sent ahead are answered in order, whichever way each goes", arguments: EngineUnderTest.allCases)
    func pipelining(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            try await server.connect { connection in
                let texts = [
                    ServerUnderTest.check(), ServerUnderTest.text("GET", "/healthz"), ServerUnderTest.check(),
                    ServerUnderTest.check(path: "/v1/refund"), ServerUnderTest.check("nobody"),
                    ServerUnderTest.text("GET", "/v1/policies"), ServerUnderTest.check(),
                ]
                try await connection.send(texts.joined())
                var answers: [String] = []
                for _ in texts {
                    let reply = try await connection.reply()
                    let remaining = try? reply.json["remaining"] as? Int
                    answers.append(remaining.map { "\(reply.status) \($0)" } ?? "\(reply.status)")
                }
                #expect(answers == ["200 4", "200", "200 3", "200 4", "404", "200", "200 3"])
            }
        }
    }

    @Test("may come byte by byte", arguments: EngineUnderTest.allCases)
    func byteByByte(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            try await server.connect { connection in
                for character in ServerUnderTest.check() { try await connection.send(String(character)) }
                #expect(try await connection.reply().status == 200)
            }
        }
    }

    @Test("may have a chunked body, and wait for 100 Continue", arguments: EngineUnderTest.allCases)
    func chunkedAndContinue(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            try await server.connect { connection in
                let head = "POST /v1/check HTTP/1.1\r\nHost: a\r\n"
                try await connection.send(head + "Transfer-Encoding: chunked\r\n\r\n")
                try await connection.send("9\r\n{\"policy\"\r\n8\r\n:\"free\"}\r\n0\r\n\r\n")
                #expect(try await connection.reply().status == 200)
                for path in ["/v1/check", "/v1/refund"] {
                    let body = "{\"policy\":\"free\"}"
                    try await connection.send(
                        "POST \(path) HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                            + "Content-Length: \(body.utf8.count)\r\n\r\n")
                    #expect(try await connection.reply().status == 100)
                    try await connection.send(body)
                    #expect(try await connection.reply().status == 200)
                }
            }
        }
    }

    @Test(
        "end the connection when the client wants it to end", arguments: ["/v1/check", "/v1/refund"],
        EngineUnderTest.allCases)
    func closing(path: String, engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            let request = ServerUnderTest.check(path: path)
            for text in [
                request.replacingOccurrences(of: "HTTP/1.1\r\n", with: "HTTP/1.0\r\n"),
                request.replacingOccurrences(of: "Host: test", with: "Host: test\r\nConnection: close"),
            ] {
                try await server.connect { connection in
                    try await connection.send(text)
                    let all = try await connection.rest()
                    #expect(all.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(all)")
                }
            }
        }
    }

    @Test("follow a reload of the policies on connections that are open", arguments: EngineUnderTest.allCases)
    func reload(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            try await server.connect { connection in
                try await connection.send(ServerUnderTest.check())
                #expect(try await connection.reply()["RateLimit-Policy"] == #""flood";q=5;w=10"#)
                try server.replacePolicies(with: [
                    Policy("chat") { Rule("flood", by: .user, .tokenBucket(5, per: .minutes(1))) }
                ])
                try await connection.send(ServerUnderTest.check() + ServerUnderTest.check("busy"))
                #expect(try await connection.reply()["RateLimit-Policy"] == #""flood";q=5;w=60"#)
                #expect(try await connection.reply().status == 404)
            }
        }
    }
}
