import Foundation
import Sluice
import Testing

@testable import SluiceServer

/// The rows of the failure table that concern HTTP.
@Suite("What goes wrong over HTTP", .timeLimit(.minutes(10)))
struct FailureTests {
    /// Asks, expects a problem, and that nothing was charged.
    static func expectProblem(
        _ server: ServerUnderTest, _ body: String, path: String = "/v1/check", status: Int, told: String
    ) async throws {
        let cells = server.limiter.store.count
        let reply = try await server.request("POST", path, body)
        #expect(reply.status == status, "\(body)")
        #expect(reply["Content-Type"] == "application/problem+json")
        let json = try reply.json
        #expect(json["status"] as? Int == status)
        #expect(json["title"] is String && json["type"] as? String == "about:blank")
        #expect((json["detail"] as? String)?.contains(told) == true, "\(reply.body)")
        #expect(server.limiter.store.count == cells)
    }

    static let badRequests: [(body: String, status: Int, told: String)] = [
        (#"{"policy":"chta","descriptor":{"user":"1"}}"#, 404, "did you mean 'chat'?"),
        (#"{"policy":"chat","descriptor":{"user":"1"}"#, 400, "The JSON ends"),
        ("user=1", 400, "The JSON has 'u'"),
        ("", 400, "The body is empty"),
        (#"{"policy":"chat","descriptor":{"user":[1]}}"#, 400, "must be a string"),
        (#"{"policy":"chat","descriptor":{"user":"1"},"cost":-1}"#, 400, "from 0 to"),
        (#"{"policy":"chat","descriptor":{"user":"1"},"cost":9223372036854775807}"#, 400, "cost"),
        (#"{"policy":"chat","descriptor":{"user":"1"},"costs":1}"#, 400, "did you mean 'cost'?"),
        (#"{"policy":"strict","descriptor":{"ip":"1"}}"#, 400, "counts by 'user'"),
        (
            "{\"policy\":\"chat\",\"descriptor\":{\"user\":\"\(String(repeating: "x", count: 1_025))\"}}", 413,
            "1024 bytes"
        ),
        (
            "{\"policy\":\"chat\",\"descriptor\":{\((0..<17).map { "\"k\($0)\":\"\"" }.joined(separator: ","))}}", 413,
            "16 entries"
        ),
    ]

    @Test(
        "a bad request is told what to do, and nothing is charged",
        arguments: ["/v1/check", "/v1/peek", "/v1/refund", "/v1/leases"], EngineUnderTest.allCases)
    func badRequest(path: String, engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            for (body, status, told) in Self.badRequests {
                // A lease can only be asked of a policy that has leases.
                let body = path == "/v1/leases" ? body.replacingOccurrences(of: "\"chat\"", with: "\"busy\"") : body
                if path == "/v1/leases", body.contains("strict") { continue }
                try await Self.expectProblem(server, body, path: path, status: status, told: told)
            }
        }
    }

    @Test("after a bad request the connection lives on", arguments: EngineUnderTest.allCases)
    func connectionLivesOn(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            try await server.connect { connection in
                for path in ["/v1/check", "/v1/refund"] {
                    try await connection.send(ServerUnderTest.text("POST", path, "{"))
                    #expect(try await connection.reply().status == 400)
                }
                try await connection.send(ServerUnderTest.check())
                #expect(try await connection.reply().status == 200)
            }
        }
    }

    @Test("a body over 64 KiB gets 413 before it is read, and one of 64 KiB is read")
    func largeBody() async throws {
        try await ServerUnderTest.run { server in
            let longest = "{\"policy\":\"free\"" + String(repeating: " ", count: 65_536 - 17) + "}"
            for path in ["/v1/check", "/v1/refund", "/v1/leases"] {
                #expect(try await server.request("POST", path, longest).status != 413)
                let told = try await server.connect { connection in
                    try await connection.send(
                        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n{")
                    return try await connection.rest()
                }
                #expect(told.hasPrefix("HTTP/1.1 413 ") && told.contains("application/problem+json"), "\(told)")
                let chunked = try await server.connect { connection in
                    try await connection.send("POST \(path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                    try await connection.send("10001\r\n\(longest) \r\n0\r\n\r\n")
                    return try await connection.reply()
                }
                #expect(chunked.status == 413)
            }
            #expect(server.limiter.store.count == 0)
        }
    }

    @Test("a wrong method gets 405 with what is allowed, an unknown path 404 with the nearest")
    func wrongMethodAndPath() async throws {
        try await ServerUnderTest.run { server in
            for (method, path, allowed) in [
                ("GET", "/v1/check", "POST"), ("PUT", "/v1/peek", "POST"), ("POST", "/v1/policies", "GET, HEAD"),
                ("GET", "/v1/leases/abc", "PUT, DELETE"), ("DELETE", "/healthz", "GET, HEAD"),
            ] {
                let reply = try await server.request(method, path)
                #expect(reply.status == 405, "\(method) \(path)")
                #expect(reply["Allow"] == allowed)
                #expect(reply["Content-Type"] == "application/problem+json")
            }
            let unknown = try await server.request("POST", "/v1/chek", "{}")
            #expect(unknown.status == 404)
            #expect(try (unknown.json["detail"] as? String)?.contains("did you mean '/v1/check'?") == true)
        }
    }

    @Test(
        "what is not HTTP gets 400 and is closed",
        arguments: [
            "hello\r\n\r\n", "POST /v1/check HTTP/1.1\r\nContent-Length: x\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n",
        ])
    func notHTTP(text: String) async throws {
        try await ServerUnderTest.run { server in
            try await server.connect { connection in
                try await connection.send(text)
                let all = try await connection.rest()
                #expect(all.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && all.contains("Connection: close"), "\(all)")
            }
        }
    }

    @Test("header fields beyond the limit get 431")
    func longHeader() async throws {
        try await ServerUnderTest.run {
            $0.maximumHeaderBytes = 1_024
        } _: { server in
            try await server.connect { connection in
                try await connection.send(
                    "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 2_000))\r\n\r\n")
                #expect(try await connection.rest().hasPrefix("HTTP/1.1 431 "))
            }
        }
    }

    @Test("one connection too many is refused at once with 503, and one may come when another has gone")
    func tooManyConnections() async throws {
        try await ServerUnderTest.run {
            $0.maximumConnections = 1
        } _: { server in
            try await server.connect { first in
                try await first.send(ServerUnderTest.check())
                #expect(try await first.reply().status == 200)
                try await server.connect { second in
                    let all = try await second.rest()
                    #expect(
                        all.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n") && all.contains("Retry-After: 1"),
                        "\(all)")
                }
                try await first.send(
                    ServerUnderTest.check().replacingOccurrences(of: "Host: test", with: "Connection: close"))
                _ = try await first.rest()
            }
            // The server learns of the end of the first connection in its own time.
            var status = 503
            while status == 503 { status = try await server.request("GET", "/healthz").status }
            #expect(status == 200)
        }
    }

    @Test("one request too many is refused at once with 503")
    func tooManyRequests() async throws {
        try await ServerUnderTest.run {
            $0.maximumRequestsInFlight = 1
        } _: { server in
            try await server.connect { first in
                try await first.send(
                    "POST /v1/check/stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                try await first.send("12\r\n{\"policy\":\"free\"}\n\r\n")
                try await first.text(until: "\"allowed\":true")
                for (method, path) in [("POST", "/v1/check"), ("GET", "/v1/policies")] {
                    let refused = try await server.request(method, path, method == "POST" ? "{}" : nil)
                    #expect(refused.status == 503)
                    #expect(refused["Retry-After"] == "1")
                }
                try await first.send("0\r\n\r\n")
                #expect(try await first.reply().status == 200)
                try await first.send(ServerUnderTest.check())
                #expect(try await first.reply().status == 200)
            }
        }
    }

    @Test(
        "a client that stops in the middle of a request is closed after its time; others are not affected",
        arguments: ["/v1/check", "/v1/refund"])
    func slowClient(path: String) async throws {
        try await ServerUnderTest.run {
            $0.requestTimeout = .milliseconds(40)
        } _: { server in
            try await server.connect { slow in
                try await slow.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{")
                let rest = try await slow.rest()
                #expect(rest.hasPrefix(path == "/v1/check" ? "HTTP/1.1 408 " : ""), "\(rest)")
            }
            #expect(try await server.request("GET", "/healthz").status == 200)
        }
    }

    @Test(
        "a client that is silent is closed after its time",
        arguments: ["", "POST /v1/ch", DecisionStreamTests.head, ServerUnderTest.text("GET", "/healthz")])
    func idleClient(text: String) async throws {
        try await ServerUnderTest.run {
            $0.idleTimeout = .milliseconds(40)
        } _: { server in
            try await server.connect { idle in
                // Under load it may be closed even before it has said this.
                try? await idle.send(text)
                let rest = try await idle.rest()
                #expect(rest.isEmpty || rest.contains("x-ndjson") || rest.hasSuffix("ok\n"), "\(rest)")
            }
        }
    }
}
