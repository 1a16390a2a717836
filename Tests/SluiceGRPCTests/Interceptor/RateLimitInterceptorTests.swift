import GRPCCore
import GRPCNIOTransportHTTP2Posix
import RedisServers
import Sluice
import SluiceGRPC
import SluiceRedis
import SluiceTesting
import Synchronization
import Testing

@Suite("A service behind a rate limit")
struct RateLimitInterceptorTests {
    private let time = ManualTime()
    private let limiter: Limiter

    init() throws {
        limiter = try Limiter(time: .provided(by: time)) {
            Policy("api") { Rule("burst", by: .user, .tokenBucket(2, per: .seconds(10))) }
            Policy("slots") { Rule("slots", by: [], .concurrency(1, lease: .seconds(30))) }
            Policy("methods") {
                Rule("method", by: .method, .tokenBucket(1, per: .seconds(1)))
                Rule("service", by: "service", .tokenBucket(3, per: .seconds(1)))
            }
            Policy("address") { Rule("address", by: .ip, .tokenBucket(1, per: .seconds(1))) }
        }
    }

    @Test("answers while there is something left, then says when to come back, and answers again at that moment")
    func passesAndDenies() async throws {
        let interceptor = try RateLimitInterceptor(limiter, "api", by: .metadata("x-user", as: .user))
        try await EchoService().during(interceptor) { client in
            for remaining in [1, 0] {
                let answer = try await client.echo(metadata: ["x-user": "42"])
                #expect(answer.messages == [Array("hello".utf8)] && answer.error == nil)
                #expect(answer["ratelimit-policy"] == #""burst";q=2;w=10"#)
                #expect(answer["ratelimit"] == #""burst";r=\#(remaining);t=\#(10 - 5 * remaining)"#)
                #expect(answer["retry-after"] == nil && answer["grpc-retry-pushback-ms"] == nil)
            }
            time.advance(by: .milliseconds(1))
            let denial = try await client.echo(metadata: ["x-user": "42"])
            #expect(denial.error?.code == .resourceExhausted && denial.messages.isEmpty)
            #expect(denial.error?.message == "The request is denied; again in 4.999 s.")
            #expect(denial["ratelimit"] == #""burst";r=0;t=5"#)
            #expect(denial["retry-after"] == "5" && denial["grpc-retry-pushback-ms"] == "4999")
            #expect(try await client.echo(metadata: ["x-user": "43"]).error == nil)
            time.advance(by: .milliseconds(4_999))
            #expect(try await client.echo(metadata: ["x-user": "42"]).error == nil)
        }
    }

    @Test("counts a call once, however many messages it streams, and as much as it costs")
    func costs() async throws {
        let cost = CallCost.call { call in call.context.descriptor.method == "Stream" ? 2 : 1 }
        let interceptor = try RateLimitInterceptor(limiter, "api", by: .value(.user) { _ in "42" }, cost: cost)
        try await EchoService().during(interceptor) { client in
            let answer = try await client.echo(EchoService.stream, ["a", "b", "c"])
            #expect(answer.messages.count == 3 && answer["ratelimit"] == #""burst";r=0;t=10"#)
            #expect(try await client.echo().error?.code == .resourceExhausted)
        }
        let dear = try RateLimitInterceptor(limiter, "api", by: .value(.user) { _ in "43" }, cost: 3)
        try await EchoService().during(dear) { client in
            // It can never pass: a client must not try again.
            let denial = try await client.echo()
            #expect(denial["grpc-retry-pushback-ms"] == "-1" && denial["retry-after"] == nil)
        }
    }

    @Test("is counted by method and service; what is exempt is not, and passes can be kept quiet")
    func keys() async throws {
        let tally = Mutex(0)
        let interceptor = try RateLimitInterceptor(
            limiter, "methods", by: .method, .service, tellingPasses: false,
            exempting: { call in !Array(call.metadata[stringValues: "free"]).isEmpty },
            observing: { _, _ in tally.withLock { $0 += 1 } })
        try await EchoService().during(interceptor) { client in
            #expect(try await client.echo()["ratelimit"] == nil)
            let denial = try await client.echo()
            #expect(denial["ratelimit-policy"] == #""method";q=1;w=1"#)
            #expect(try await client.echo(EchoService.stream).error == nil)
            #expect(try await client.echo(metadata: ["free": "1"]).error == nil)
        }
        #expect(tally.withLock { $0 } == 3)
    }

    @Test("holds a slot until the last message is written, or a call fails, or nobody reads on")
    func slots() async throws {
        let (limiter, time) = (limiter, time)
        let interceptor = try RateLimitInterceptor(limiter, "slots")
        var service = EchoService()
        let failure = Mutex<RPCError?>(nil)
        service.beforeMessage = {
            #expect(interceptor.leaseCount == 1)
            #expect(try !limiter.peek("slots", [:]).isAllowed)
            // Longer than the lease, which is renewed meanwhile.
            for _ in 0..<4 {
                await time.untilSleepers(1)
                time.advance(by: .seconds(10))
            }
            await time.untilSleepers(1)
            if let failure = failure.withLock({ $0 }) { throw failure }
        }
        try await service.during(interceptor) { client in
            let answer = try await client.echo(EchoService.stream, ["a", "b"])
            #expect(answer.messages.count == 2 && answer.error == nil)
            try await eventually("the slot is free") { interceptor.leaseCount == 0 }
            failure.withLock { $0 = RPCError(code: .aborted, message: "no") }
            #expect(try await client.echo(EchoService.stream, ["a", "b"]).error?.code == .aborted)
            try await eventually("the slot is free again") { interceptor.leaseCount == 0 }
            let lease = try limiter.acquire("slots", [:]).lease
            #expect(try await client.echo().error?.code == .resourceExhausted)
            #expect(limiter.release(try #require(lease)))
        }
    }

    @Test("sees the client's address over a real connection, and the one that a trusted proxy names")
    func address() async throws {
        let interceptor = try RateLimitInterceptor(limiter, "address", by: .clientAddress)
        let transport = HTTP2ServerTransport.Posix(
            address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext)
        try await withGRPCServer(
            transport: transport, services: [EchoService()], interceptors: [interceptor]
        ) { server in
            let port = try #require(try await server.listeningAddress?.ipv4?.port)
            let connection = try HTTP2ClientTransport.Posix(
                target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext)
            try await withGRPCClient(transport: connection) { client in
                #expect(try await client.echo().error == nil)
                let denial = try await client.echo()
                #expect(denial.error?.code == .resourceExhausted)
                #expect(denial["retry-after"] == "1" && denial["grpc-retry-pushback-ms"] == "1000")
                #expect(denial["ratelimit"] == #""address";r=0;t=1"#)
                for name in ["192.0.2.1", "2001:db8:1:2::3"] {
                    #expect(try await client.echo(metadata: ["x-forwarded-for": "\(name)"]).error == nil)
                }
                let same = try await client.echo(metadata: ["x-forwarded-for": "192.0.2.9, 2001:db8:1:2::4"])
                #expect(same.error?.code == .resourceExhausted)
            }
        }
    }

    @Test("shares its limit with other servers on one Redis, and says so when only its failure denies")
    func shared() async throws {
        let policies = [
            Policy(
                "api", rules: [Rule("burst", by: .user, .fixedWindow(2, per: .days(1)))], onStoreFailure: .deny)
        ]
        try await RedisServer.during { redis in
            var store = try RedisStore(redis.url)
            store.timeout = .seconds(10)
            let limiter = try SharedLimiter(policies, store: store)
            for isLast in [false, false, true] {
                let interceptor = try RateLimitInterceptor(limiter, "api", by: .metadata("x-user", as: .user))
                try await EchoService().during(interceptor) { client in
                    let answer = try await client.echo(metadata: ["x-user": "42"])
                    #expect(answer.error?.code == (isLast ? .resourceExhausted : nil))
                }
            }
            await redis.stop()
            let interceptor = try RateLimitInterceptor(limiter, "api", by: .metadata("x-user", as: .user))
            try await EchoService().during(interceptor) { client in
                let answer = try await client.echo(metadata: ["x-user": "43"])
                #expect(answer.error?.code == .unavailable && answer["retry-after"] != nil)
            }
            await limiter.shutDown()
        }
    }

    @Test("is not protected by what could never apply; a call that cannot be decided ends with an error")
    func mistakes() async throws {
        var error = #expect(throws: SluiceError.self) { try RateLimitInterceptor(limiter, "apy", by: .method) }
        #expect(error?.code == .unknownPolicy && error?.message.contains("'api'") == true)
        error = #expect(throws: SluiceError.self) { try RateLimitInterceptor(limiter, "api", by: .method) }
        #expect(error?.code == .missingKey)
        let interceptor = try RateLimitInterceptor(limiter, "api", by: .metadata("x-user", as: .user))
        try limiter.replacePolicies(with: [
            Policy("api", isStrict: true) { Rule("burst", by: .user, .tokenBucket(2, per: .seconds(10))) }
        ])
        try await EchoService().during(interceptor) { client in
            #expect(try await client.echo().error?.code == .invalidArgument)
            try limiter.replacePolicies(with: [])
            #expect(try await client.echo(metadata: ["x-user": "42"]).error?.code == .internalError)
        }
    }
}
