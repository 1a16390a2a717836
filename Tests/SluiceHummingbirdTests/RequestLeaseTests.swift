import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import RedisServers
import Sluice
import SluiceHummingbird
import SluiceTesting
import Testing

@Suite("A slot that a request holds")
struct RequestLeaseTests {
    private typealias Limit = RateLimit<ProtectedApplication.Context>
    private let time = ManualTime()
    private let limiter: Limiter
    private let limit: Limit

    init() throws {
        limiter = try ProtectedApplication.limiter(time) {
            Policy("slots") { Rule("slots", by: [], .concurrency(1, lease: .seconds(30))) }
        }
        limit = try Limit(limiter, "slots")
    }

    private var isFree: Bool {
        get throws { try limiter.peek("slots", [:]).isAllowed }
    }

    @Test("is held until the body is written, and others are denied meanwhile")
    func held() async throws {
        let (limit, limiter) = (limit, limiter)
        let application = ProtectedApplication.serving([limit]) { _, _ in
            #expect(limit.leaseCount == 1)
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    let denied = try !limiter.peek("slots", [:]).isAllowed
                    try await writer.write(ByteBuffer(string: "\(limit.leaseCount) \(denied)"))
                    try await writer.finish(nil)
                })
        }
        try await application.test(.router) { client in
            for _ in 0..<2 {
                let answer = try await client.execute(uri: "/", method: .get)
                #expect(String(buffer: answer.body) == "1 true")
                #expect(answer.headers[.rateLimitPolicy] == #""slots";q=1;qu="concurrent-requests""#)
                #expect(limit.leaseCount == 0)
                #expect(try isFree)
            }
            let other = try limiter.acquire("slots", [:]).lease
            let denial = try await client.execute(uri: "/", method: .get)
            #expect(denial.status == .tooManyRequests && limit.leaseCount == 0)
            #expect(limiter.release(try #require(other)))
        }
    }

    @Test("keeps the length that the response had")
    func length() async throws {
        let application = ProtectedApplication.serving([limit]) { _, _ in "hello" }
        try await application.test(.live) { client in
            for method in [HTTPRequest.Method.get, .post] {
                let answer = try await client.execute(uri: "/", method: method)
                #expect(answer.headers[.contentLength] == "5" && String(buffer: answer.body) == "hello")
            }
        }
        #expect(try isFree)
    }

    @Test("is free after an error, and after a response that was thrown away")
    func errorsAndDrops() async throws {
        struct Replacing: RouterMiddleware {
            typealias Context = ProtectedApplication.Context
            func handle(
                _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
            ) async throws -> Response {
                _ = try await next(request, context)
                return Response(status: .gone)
            }
        }
        let failing = ProtectedApplication.serving([limit]) { _, _ -> String in throw HTTPError(.badGateway) }
        try await failing.test(.router) { client async throws in
            #expect(try await client.execute(uri: "/", method: .get).status == .badGateway)
        }
        #expect(try isFree)
        let replaced = ProtectedApplication.serving([Replacing(), limit]) { _, _ in "hello" }
        try await replaced.test(.router) { client async throws in
            #expect(try await client.execute(uri: "/", method: .get).status == .gone)
        }
        try await eventually("the slot is free") { try isFree }
        #expect(limit.leaseCount == 0)
    }

    @Test("is free after a client that went away while the body was written")
    func lostClient() async throws {
        let limit = limit
        let application = ProtectedApplication.serving([limit]) { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    let chunk = ByteBuffer(repeating: 0x61, count: 65_536)
                    while true { try await writer.write(chunk) }
                })
        }
        try await application.test(.live) { client in
            let port = try #require(client.port)
            let other = TestClient(host: "localhost", port: port)
            other.connect()
            try await other.executeAndDontWaitForResponse(.init("/", method: .get, authority: "localhost"))
            try await eventually("the slot is held") { limit.leaseCount == 1 }
            try await other.getChannel().close()
            try await eventually("the slot is free") { limit.leaseCount == 0 }
        }
        #expect(try isFree)
    }

    @Test("is free when the request is cancelled")
    func cancelled() async throws {
        let (limit, time) = (limit, time)
        let application = ProtectedApplication.serving([limit]) { _, _ in
            try await time.sleep(until: time.now() + .hours(1))
            return "late"
        }
        let request = Task {
            try await application.test(.router) { client in
                try await client.execute(uri: "/", method: .get).status
            }
        }
        try await eventually("the slot is held") { limit.leaseCount == 1 }
        request.cancel()
        _ = await request.result
        try await eventually("the slot is free") { limit.leaseCount == 0 }
        #expect(try isFree)
    }

    @Test("is renewed while a request takes longer than the lease")
    func long() async throws {
        let (limiter, time) = (limiter, time)
        let application = ProtectedApplication.serving([limit]) { _, _ in
            for _ in 0..<10 {
                await time.untilSleepers(1)
                time.advance(by: .seconds(10))
            }
            await time.untilSleepers(1)
            return try limiter.peek("slots", [:]).isAllowed ? "lost" : "held"
        }
        try await application.test(.router) { client async throws in
            #expect(try await String(buffer: client.execute(uri: "/", method: .get).body) == "held")
        }
        #expect(try isFree)
    }
}
