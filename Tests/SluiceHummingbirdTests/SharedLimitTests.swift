import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import RedisServers
import Sluice
import SluiceHummingbird
import SluiceRedis
import Testing

@Suite("Applications behind one Redis")
struct SharedLimitTests {
    private func limiter(_ url: String, prefix: String, timeout: Duration = .seconds(10)) throws -> SharedLimiter {
        var store = try RedisStore(url)
        store.prefix = prefix
        store.timeout = timeout
        return try SharedLimiter(
            [
                Policy("api") { Rule("burst", by: .user, .fixedWindow(3, per: .days(1))) },
                Policy("slots") { Rule("slots", by: [], .concurrency(1)) },
                Policy("closed", rules: [Rule("closed", by: .user, .cooldown(.hours(1)))], onStoreFailure: .deny),
                Policy("opened", rules: [Rule("opened", by: .user, .cooldown(.hours(1)))], onStoreFailure: .allow),
            ], store: store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("share what was used, and what was given back")
    func shared() async throws {
        let url = try await RedisServer.shared().url
        let limiters = try (0..<2).map { _ in try limiter(url, prefix: "hummingbird-shared") }
        let costs: RequestCost<PeerRequestContext> = .response(reserving: 2) { _, _, _ in 1 }
        var remaining: [String?] = []
        for index in 0..<4 {
            let application = ProtectedApplication.greeting(
                try RateLimit(limiters[index % 2], "api", by: .header(.user, as: .user), cost: costs))
            let answer = try await application.test(.router) { client in
                try await client.execute(uri: "/", method: .get, headers: [.user: "42"])
            }
            remaining.append(answer.headers[.rateLimit].map { String($0.prefix(11)) })
            #expect(answer.status == (index < 2 ? .ok : .tooManyRequests))
            #expect((answer.headers[.retryAfter] == nil) == (index < 2))
        }
        #expect(remaining == [#""burst";r=2"#, #""burst";r=1"#, #""burst";r=1"#, #""burst";r=1"#])
        for limiter in limiters { await limiter.shutDown() }
    }

    @Test("share slots, which are free when the request is answered")
    func slots() async throws {
        let url = try await RedisServer.shared().url
        let limiter = try limiter(url, prefix: "hummingbird-slots")
        let other = try self.limiter(url, prefix: "hummingbird-slots")
        let limit = try RateLimit<PeerRequestContext>(limiter, "slots")
        let application = ProtectedApplication.serving([limit]) { _, _ in
            try await other.acquire("slots", [:]).decision.isAllowed ? "free" : "held"
        }
        try await application.test(.router) { client async throws in
            for _ in 0..<2 {
                #expect(try await String(buffer: client.execute(uri: "/", method: .get).body) == "held")
            }
        }
        #expect(limit.leaseCount == 0)
        let (decision, lease) = try await other.acquire("slots", [:])
        #expect(decision.isAllowed)
        #expect(try await other.release(try #require(lease)))
        await limiter.shutDown()
        await other.shutDown()
    }

    @Test("go on without it as their rules have chosen, and whom only its failure denies is told 503")
    func failure() async throws {
        // Nobody listens on the port of a server that has stopped.
        let url = try await RedisServer.during { $0.url }
        let limiter = try limiter(url, prefix: "hummingbird-failure", timeout: .milliseconds(200))
        let degraded = Tally()
        let application = ProtectedApplication.serving([
            try RateLimit(
                limiter, "opened", by: .header(.user, as: .user),
                observing: { decision, _, _ in if decision.isDegraded { degraded.note() } }),
            try RateLimit(
                limiter, "closed", by: .header(.user, as: .user), exempting: { request, _ in request.uri.path == "/" }),
        ]) { _, _ in "hello" }
        try await application.test(.router) { client in
            for _ in 0..<2 {
                #expect(try await client.execute(uri: "/", method: .get, headers: [.user: "42"]).status == .ok)
            }
            let denial = try await client.execute(uri: "/closed", method: .get, headers: [.user: "42"])
            #expect(denial.status == .serviceUnavailable && denial.headers[.retryAfter] != nil)
            #expect(denial.headers[.contentType] == "application/problem+json")
        }
        #expect(degraded.count == 3)
        await limiter.shutDown()
    }
}
