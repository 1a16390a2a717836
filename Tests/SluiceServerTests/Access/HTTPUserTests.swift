import Foundation
import Sluice
import SluiceHTTP
import Testing

@testable import SluiceServer

/// What each path needs; a path that is added is to be thought of here.
@Suite("What a request needs where there are users")
struct AccessNeedTests {
    private static let needs: [(path: String, need: AccessNeed)] = [
        ("/", .nothing), ("/healthz", .nothing), ("/readyz", .nothing),
        ("/v1/check", .role(.check)), ("/v1/check/stream", .role(.check)), ("/v1/peek", .role(.check)),
        ("/v1/refund", .role(.check)), ("/v1/leases", .role(.check)), ("/v1/leases/{id}", .role(.check)),
        ("/v1/authorize/{policy}", .role(.check)),
        ("/v1/policies", .role(.metrics)), ("/metrics", .role(.metrics)), ("/v1/events", .role(.metrics)),
        ("/v1/callers", .role(.metrics)), ("/v1/whoami", .user), ("/dashboard.css", .nothing),
        ("/dashboard.js", .nothing), ("/v1/bans", .role(.admin)), ("/v1/overrides", .role(.admin)),
        ("/v1/reset", .role(.admin)), ("/v1/policies/reload", .role(.admin)),
    ]

    @Test("is said of every route")
    func everyRoute() {
        for (path, need) in Self.needs {
            #expect(AccessNeed(uri: path) == need, "\(path)")
            #expect(AccessNeed(uri: path + "?a=/v1/check") == need, "\(path)?…")
        }
        for (path, _) in HTTPRoutes.methods { #expect(Self.needs.contains { $0.path == path }, "\(path)") }
    }

    @Test(
        "is an administrator's role for every spelling that only a router might understand",
        arguments: [
            "/v1//check", "//v1/check", "/v1/check/", "/v1/%63heck", "/V1/check", "http://host/v1/check", "*", "",
            "/v1/check#", "/v1/reset/", "/healthz/", "/healthz/../v1/reset", "/v1/bans", "/nothing",
        ])
    func spellings(uri: String) { #expect(AccessNeed(uri: uri) == .role(.admin)) }
}

#if TLS
@Suite("Users over HTTP", .timeLimit(.minutes(10)))
struct HTTPUserTests {
    /// A request for each route.
    private static let requests: [(method: String, path: String, body: String?, role: Role?)] = [
        ("GET", "/", nil, nil), ("GET", "/healthz", nil, nil), ("HEAD", "/readyz", nil, nil),
        ("POST", "/v1/check", body, .check), ("POST", "/v1/peek", body, .check), ("POST", "/v1/refund", body, .check),
        ("POST", "/v1/check/stream", body + "\n", .check), ("POST", "/v1/leases", body, .check),
        ("PUT", "/v1/leases/x", nil, .check), ("GET", "/v1/authorize/chat", nil, .check),
        ("HEAD", "/v1/authorize/chat?x", nil, .check), ("GET", "/v1/authorize/c%68at", nil, .check),
        ("GET", "/v1/policies", nil, .metrics), ("POST", "/v1/reset", body, .admin),
        ("POST", "/v1/policies/reload", nil, .admin), ("GET", "/nothing", nil, .admin),
    ]
    private static let body = #"{"policy":"chat","descriptor":{"user":"1"}}"#

    @Test("each may ask what his roles allow, and nobody else anything", arguments: [true, false])
    func roles(onEventLoop: Bool) async throws {
        try await UsersUnderTest.run {
            $0.httpLimits.answersDecisionsOnEventLoop = onEventLoop
        } _: { server, _ async throws in
            for (method, path, body, role) in Self.requests {
                let nobody = try await server.request(method, path, body)
                #expect(nobody.status == (role == nil ? 200 : 401), "\(method) \(path)")
                for (user, roles) in UsersUnderTest.roles {
                    let reply = try await server.request(method, path, body, fields: [UsersUnderTest.bearer(user)])
                    let may = role.map(roles.contains) ?? true
                    #expect(reply.status != 401, "\(method) \(path) by \(user)")
                    // Without --admin a reload is refused to an administrator, too.
                    if path != "/v1/policies/reload" { #expect((reply.status == 403) == !may, "\(path) by \(user)") }
                    guard !may, method != "HEAD" else { continue }
                    let detail = try reply.json["detail"] as? String
                    #expect(detail?.contains("needs the role \(role?.rawValue ?? "")") == true)
                }
            }
        }
    }

    @Test("who proves nothing is told how, as a problem, and charged nothing")
    func challenge() async throws {
        try await UsersUnderTest.run { server, _ async throws in
            let wrong = [
                [], ["Authorization: Bearer wrong-but-long-enough"], ["Authorization: Digest x"],
                ["Authorization: \(UsersUnderTest.secret(of: "edge"))"],
                [UsersUnderTest.basic("boss", UsersUnderTest.secret(of: "edge"))],
                ["Authorization: Bearer \(String(repeating: "x", count: 20_000))"],
            ]
            for fields in wrong {
                let reply = try await server.request("POST", "/v1/check", Self.body, fields: fields)
                #expect(reply.status == 401)
                #expect(reply["Content-Type"] == "application/problem+json")
                #expect(reply["Connection"] == "close")
                #expect(reply["WWW-Authenticate"] == Problem.schemes.joined(separator: ", "))
                #expect(try reply.json["title"] as? String == "Unauthorized")
            }
            #expect(server.limiter.store.count == 0)
        }
    }

    @Test("proves himself as Bearer or as Basic, in any spelling of the scheme")
    func schemes() async throws {
        try await UsersUnderTest.run { server, _ async throws in
            let secret = UsersUnderTest.secret(of: "edge")
            for field in [
                "authorization: bearer \(secret)", "AUTHORIZATION: Bearer   \(secret)",
                UsersUnderTest.basic("edge", secret), UsersUnderTest.basic("default", secret),
            ] {
                #expect(try await server.request("POST", "/v1/peek", Self.body, fields: [field]).status == 200)
            }
        }
    }

    @Test("is asked anew with each request of a connection, and what was verified is only remembered for himself")
    func onOneConnection() async throws {
        try await UsersUnderTest.run { server, _ async throws in
            try await server.connect { connection async throws in
                for user in ["edge", "edge", "ops", "edge"] {
                    try await connection.send(
                        ServerUnderTest.text("POST", "/v1/peek", Self.body, fields: [UsersUnderTest.bearer(user)]))
                    #expect(try await connection.reply().status == 200)
                }
                try await connection.send(ServerUnderTest.text("GET", "/healthz"))
                #expect(try await connection.reply().status == 200)
                // Pipelined: the first is answered, the second refused, and the third not looked at.
                let good = ServerUnderTest.text("POST", "/v1/peek", Self.body, fields: [UsersUnderTest.bearer("edge")])
                try await connection.send(good + ServerUnderTest.text("POST", "/v1/peek", Self.body) + good)
                #expect(try await connection.reply().status == 200)
                let rest = try await connection.rest()
                #expect(rest.hasPrefix("HTTP/1.1 401 ") && !rest.contains("HTTP/1.1 200"))
            }
        }
    }

    @Test("is let in and out when the file changes, on connections that are open, and a wrong file changes nothing")
    func reload() async throws {
        try await UsersUnderTest.run(watching: .milliseconds(20)) { server, write async throws in
            func status(_ edition: Int) async throws -> Int {
                let fields = [UsersUnderTest.bearer("edge", edition: edition)]
                return try await server.request("POST", "/v1/peek", Self.body, fields: fields).status
            }
            try await server.connect { connection async throws in
                let request = ServerUnderTest.text(
                    "POST", "/v1/peek", Self.body, fields: [UsersUnderTest.bearer("edge")])
                try await connection.send(request)
                #expect(try await connection.reply().status == 200)
                #expect(try await status(2) == 401)
                try write(UsersUnderTest.text(editions: [1, 2]))
                // The only thing that waiting here can show is that it comes.
                while try await status(2) == 401 {}
                try await connection.send(request)
                #expect(try await connection.reply().status == 200)
                try write("users: {edge: {roles: [chekc]}}")
                try write(UsersUnderTest.text(editions: [2]))
                while try await status(1) == 200 {}
                try await connection.send(request)
                #expect(try await connection.reply().status == 401)
                #expect(try await status(2) == 200)
            }
        }
    }

    @Test("nobody is asked for anything where there are no users, whatever he sends")
    func noUsers() async throws {
        try await ServerUnderTest.run { server async throws in
            for fields in [[], ["Authorization: Bearer x"], ["Authorization: nonsense"]] {
                #expect(try await server.request("POST", "/v1/reset", Self.body, fields: fields).status == 200)
                #expect(try await server.request("GET", "/v1/policies", fields: fields).status == 200)
            }
        }
    }

    @Test("a file that cannot be read ends the start, and says so")
    func wrongFile() async throws {
        await #expect(throws: (any Error).self) {
            try await ServerUnderTest.run(configure: { $0.usersFile = "/nowhere/users.yaml" }) { _ in
                Issue.record("it started")
            }
        }
    }
}
#endif
