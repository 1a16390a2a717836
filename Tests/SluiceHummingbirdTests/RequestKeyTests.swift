import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Sluice
import SluiceHTTP
import SluiceHummingbird
import Testing

@Suite("What a request is counted by")
struct RequestKeyTests {
    private static let forwardedFor = HTTPField.Name("X-Forwarded-For")!

    /// The status of each request, by a policy of one request for each value of a key.
    private func statuses<Context: RequestContext>(
        _ key: RequestKey<Context>, _ requests: [(uri: String, method: HTTPRequest.Method, headers: HTTPFields)],
        isStrict: Bool = false, _ setup: TestingSetup = .router, trusting proxies: TrustedProxies = .loopback
    ) async throws -> [Int] where Context.Source == ApplicationRequestContextSource {
        let name = key.key
        let limiter = try ProtectedApplication.limiter {
            Policy("one", isStrict: isStrict) { Rule("one", by: name, .tokenBucket(1, per: .hours(1))) }
        }
        let router = Router(context: Context.self)
        router.add(middleware: try RateLimit(limiter, "one", by: key, trusting: proxies))
        for method in [HTTPRequest.Method.get, .post] {
            for path in ["/", "**"] as [RouterPath] { router.on(path, method: method) { _, _ in "hello" } }
        }
        return try await Application(router: router).test(setup) { client in
            var statuses: [Int] = []
            for request in requests {
                statuses.append(
                    try await client.execute(uri: request.uri, method: request.method, headers: request.headers)
                        .status.code)
            }
            return statuses
        }
    }

    @Test("is its method, path, host, a header field, a parameter or a value of one's own")
    func values() async throws {
        typealias Key = RequestKey<BasicRequestContext>
        #expect(
            try await statuses(Key.method, [("/a", .get, [:]), ("/b", .post, [:]), ("/c", .get, [:])]) == [
                200, 200, 429,
            ])
        #expect(
            try await statuses(Key.path, [("/a?x=1", .get, [:]), ("/b", .get, [:]), ("/c/..//%61", .get, [:])])
                == [200, 200, 429])
        #expect(try await statuses(Key.host, [("/a", .get, [:]), ("/b", .get, [:])]) == [200, 429])
        #expect(
            try await statuses(
                Key.header(.authorization, as: .user),
                [
                    ("/", .get, [.authorization: "a"]), ("/", .get, [.authorization: "b"]),
                    ("/", .get, [.authorization: "a"]),
                ])
                == [200, 200, 429])
        #expect(
            try await statuses(
                Key.query("key"), [("/?key=1", .get, [:]), ("/?key=2", .get, [:]), ("/x?key=%31", .get, [:])])
                == [200, 200, 429])
        #expect(
            try await statuses(
                Key.value(.user) { request, _ in request.uri.path.hasPrefix("/a") ? "a" : nil },
                [("/a1", .get, [:]), ("/b", .get, [:]), ("/b", .get, [:]), ("/a2", .get, [:])]) == [200, 200, 200, 429])
    }

    @Test("is nothing when it lacks the value, and an error of its sender's if the policy is strict")
    func missing() async throws {
        let key = RequestKey<BasicRequestContext>.header(.user, as: .user)
        let requests: [(uri: String, method: HTTPRequest.Method, headers: HTTPFields)] = [
            ("/", .get, [:]), ("/", .get, [:]), ("/", .get, [.user: "42"]),
        ]
        #expect(try await statuses(key, requests) == [200, 200, 200])
        #expect(try await statuses(key, requests, isStrict: true) == [400, 400, 200])
    }

    @Test("is as much of a long value as a descriptor takes")
    func long() async throws {
        let key = RequestKey<BasicRequestContext>.header(.user, as: .user)
        let name = String(repeating: "é", count: 600)
        #expect(
            try await statuses(key, [("/", .get, [.user: name]), ("/", .get, [.user: name + "x"])]) == [200, 429])
    }

    @Test("is the client's address, over a real connection, and the one that a trusted proxy names")
    func clientAddress() async throws {
        typealias Key = RequestKey<PeerRequestContext>
        let requests: [(uri: String, method: HTTPRequest.Method, headers: HTTPFields)] = [
            ("/", .get, [:]), ("/", .get, [:]), ("/", .get, [Self.forwardedFor: "192.0.2.1"]),
            ("/", .get, [Self.forwardedFor: "192.0.2.1"]), ("/", .get, [Self.forwardedFor: "2001:db8:1:2::3"]),
            ("/", .get, [Self.forwardedFor: "[2001:db8:1:2:4::]:443"]),
        ]
        #expect(try await statuses(Key.clientAddress, requests, .live) == [200, 429, 200, 429, 200, 429])
        #expect(
            try await statuses(Key.clientAddress, requests, .live, trusting: TrustedProxies(["10.0.0.0/8"]))
                == [200, 429, 429, 429, 429, 429])
    }

    @Test("is an address from elsewhere, where the context has none")
    func otherContexts() async throws {
        let key = RequestKey<BasicRequestContext>.clientAddress { request, _ in
            try? SocketAddress(ipAddress: request.headers[.user] ?? "", port: 80)
        }
        #expect(
            try await statuses(
                key,
                [
                    ("/", .get, [.user: "192.0.2.1"]), ("/", .get, [.user: "192.0.2.2"]),
                    ("/", .get, [.user: "192.0.2.1"]),
                ])
                == [200, 200, 429])
    }
}
