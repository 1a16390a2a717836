import Sluice
import SluiceHTTP
import Testing

@testable import SluiceServer

@Suite("What proxies are told", .timeLimit(.minutes(10)))
struct AuthorizeTests {
    private static let policies = [
        Policy("api") { Rule("each", by: .ip, .fixedWindow(2, per: .minutes(1))) },
        Policy("login", rules: [Rule("tries", by: .ip, .path, .cooldown(.seconds(9)), when: [.path: "/login"])]),
        Policy("strict", isStrict: true) { Rule("each", by: .ip, "key", .cooldown(.seconds(9))) },
    ]

    private static func run(
        on engine: EngineUnderTest = .memory, settings: ServerSettings = ServerSettings(),
        _ body: (ServerUnderTest) async throws -> Void
    ) async throws {
        try await ServerUnderTest.run(on: engine, policies: policies, configure: { $0.settings = settings }, body)
    }

    @Test("a request passes or is denied by its client's address", arguments: EngineUnderTest.allCases)
    func clientAddress(engine: EngineUnderTest) async throws {
        try await Self.run(on: engine) { server in
            let one = ["X-Forwarded-For: 203.0.113.1"]
            for remaining in [1, 0] {
                let reply = try await server.request("GET", "/v1/authorize/api", fields: one)
                #expect(reply.status == 200)
                #expect(reply.body.isEmpty)
                #expect(reply["RateLimit"]?.hasPrefix("\"each\";r=\(remaining);") == true)
                #expect(reply["RateLimit-Policy"] == "\"each\";q=2;w=60")
            }
            let denied = try await server.request("GET", "/v1/authorize/api", fields: one)
            #expect(denied.status == 429)
            #expect(denied["Retry-After"] != nil)
            #expect(denied["Content-Type"] == "application/problem+json")
            #expect(try denied.json["violated-policies"] as? [String] == ["each"])
            // What stands before it in the field is the client's own word.
            let disguised = ["X-Forwarded-For: 198.51.100.9, 203.0.113.1"]
            #expect(try await server.request("GET", "/v1/authorize/api", fields: disguised).status == 429)
            let other = ["X-Forwarded-For: 203.0.113.2"]
            #expect(try await server.request("HEAD", "/v1/authorize/api", fields: other).status == 200)
        }
    }

    @Test("the status of a denial is as nginx wants it, and neighbours of one network are one client")
    func denialStatus() async throws {
        var settings = ServerSettings()
        var authorize = AuthorizeSettings()
        authorize.denialStatus = 403
        settings.authorize["api"] = authorize
        try await Self.run(settings: settings) { server in
            for (host, status) in [("3::4", 200), ("ffff::9", 200), ("5::1", 403)] {
                let fields = ["X-Forwarded-For: 2001:db8:1:2:\(host)"]
                let reply = try await server.request("GET", "/v1/authorize/api", fields: fields)
                #expect(reply.status == status)
                guard status == 403 else { continue }
                #expect(try reply.json["status"] as? Int == 403)
                let head = try await server.request("HEAD", "/v1/authorize/api", fields: fields)
                #expect(head.status == 403)
                #expect(head["Retry-After"] != nil)
            }
        }
    }

    @Test("the query of a call says nothing, for it may be the client's")
    func query() async throws {
        try await Self.run { server in
            for status in [200, 200, 429] {
                let path = "/v1/authorize/api?cost=0&deny-with=200&ip=\(status)"
                let reply = try await server.request("GET", path, fields: ["X-Forwarded-For: 203.0.113.1"])
                #expect(reply.status == status)
            }
        }
    }

    @Test(
        "a call that is wrong is told why, and charges nothing",
        arguments: [
            ("/v1/authorize/apy", 404, "unknown policy 'apy' (did you mean 'api'?)"),
            ("/v1/authorize/strict", 400, "key"), ("/v1/authorize", 404, "nothing at"),
        ])
    func wrong(path: String, status: Int, detail: String) async throws {
        try await Self.run { server in
            let reply = try await server.request("GET", path, fields: ["X-Forwarded-For: 203.0.113.1"])
            #expect(reply.status == status)
            let told = try #require(try reply.json["detail"] as? String)
            #expect(told.contains(detail), "\(told)")
            let post = try await server.request("POST", "/v1/authorize/api")
            #expect(post.status == 405)
            #expect(post["Allow"] == "GET, HEAD")
        }
    }

    @Test("of a proxy that is not trusted only its own address counts")
    func untrusted() async throws {
        var settings = ServerSettings()
        settings.trustedProxies = try TrustedProxies(["10.0.0.0/8"])
        try await Self.run(settings: settings) { server in
            for number in 1...3 {
                let fields = ["X-Forwarded-For: 203.0.113.\(number)", "X-Forwarded-Uri: /login"]
                let reply = try await server.request("GET", "/v1/authorize/api", fields: fields)
                #expect(reply.status == (number < 3 ? 200 : 429))
                // Without a path the rule does not apply.
                #expect(try await server.request("GET", "/v1/authorize/login", fields: fields).status == 200)
            }
        }
    }

    @Test("a path is the same path however it is written")
    func path() async throws {
        try await Self.run { server async throws in
            let client = "X-Forwarded-For: 203.0.113.1"
            let first = [client, "X-Forwarded-Uri: /login?next=/"]
            #expect(try await server.request("GET", "/v1/authorize/login", fields: first).status == 200)
            for field in ["X-Forwarded-Uri: //%6cogin", "X-Forwarded-Uri: /a/../login#x"] {
                #expect(try await server.request("GET", "/v1/authorize/login", fields: [client, field]).status == 429)
            }
            let other = [client, "X-Forwarded-Uri: /logins"]
            #expect(try await server.request("GET", "/v1/authorize/login", fields: other).status == 200)
        }
    }

    @Test("a descriptor holds what the settings say of the proxy's request", arguments: EngineUnderTest.allCases)
    func descriptor(engine: EngineUnderTest) async throws {
        let policy = Policy("all", isStrict: true) {
            Rule("each", by: ["a", "m", "p", "h", "f", "q"], .cooldown(.seconds(60)))
        }
        var settings = ServerSettings()
        var authorize = AuthorizeSettings()
        authorize.descriptor = [
            ("a", .clientAddress), ("m", .method), ("p", .path), ("h", .host),
            ("f", try #require(RequestValue("header x-key"))), ("q", .query("k")),
        ]
        authorize.denialStatus = 418
        settings.authorize["all"] = authorize
        let chosen = settings
        try await ServerUnderTest.run(
            on: engine, policies: [policy], configure: { $0.settings = chosen }
        ) { server async throws in
            let base = [
                "X-Forwarded-For": "203.0.113.1", "X-Forwarded-Method": "PUT", "X-Forwarded-Uri": "/a?k=1",
                "X-Forwarded-Host": "Example.com:8443", "X-Key": "secret",
            ]
            func status(_ changed: (String, String)? = nil) async throws -> Int {
                var fields = base
                if let (name, value) = changed { fields[name] = value }
                let lines = fields.map { "\($0.key): \($0.value)" }
                return try await server.request("GET", "/v1/authorize/all", fields: lines).status
            }
            #expect(try await status() == 200)
            #expect(try await status() == 418)
            #expect(try await status(("X-Forwarded-Host", "example.com")) == 418)
            for changed in [
                ("X-Forwarded-For", "203.0.113.2"), ("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/b?k=1"),
                ("X-Forwarded-Uri", "/a?k=2"), ("X-Forwarded-Host", "example.org"), ("X-Key", "other"),
            ] {
                #expect(try await status(changed) == 200, "\(changed)")
            }
            // A long value counts by its beginning, whatever follows.
            let long = String(repeating: "ä", count: 600)
            #expect(try await status(("X-Key", long)) == 200)
            #expect(try await status(("X-Key", long + "more")) == 418)
        }
    }
}
