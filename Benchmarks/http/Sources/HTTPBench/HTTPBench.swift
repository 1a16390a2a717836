import HTTPTypes
import Hummingbird
import Logging
import NIOPosix
import Sluice
import SluiceHummingbird
import SluiceServer

/// The servers that `compare.py` and `middleware.py` ask, one thread each: `http-bench SERVER PORT`.
@main
struct HTTPBench {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 3, let port = Int(words[2]) else {
            fatalError("http-bench event-loop|router|constant|open|through|fields|limited|slots PORT")
        }
        switch words[1] {
        case "event-loop": try await sluice(port: port, onEventLoop: true)
        case "router": try await sluice(port: port, onEventLoop: false)
        case "constant": try await constant(port: port)
        case "open": try await application(port: port) { _ in }
        case "through": try await application(port: port) { $0.add(middleware: Through(fields: [:])) }
        case "fields":
            try await application(port: port) { router in
                router.add(
                    middleware: Through(fields: [
                        HTTPField.Name("RateLimit-Policy")!: #""open";q=1000000;w=1"#,
                        HTTPField.Name("RateLimit")!: #""open";r=999999;t=1"#,
                    ]))
            }
        case "limited": try await application(port: port) { try limit($0, by: "open") }
        case "slots": try await application(port: port) { try limit($0, by: "slots") }
        default: fatalError("event-loop, router, constant, open, through, fields, limited or slots")
        }
    }

    /// Sluice with one token bucket that never runs dry.
    static func sluice(port: Int, onEventLoop: Bool) async throws {
        let limiter = try Limiter {
            Policy("bench") { Rule("open", by: .user, .tokenBucket(1_000_000, per: .seconds(1))) }
        }
        var configuration = ServerConfiguration()
        configuration.http = .tcp(host: "127.0.0.1", port: port)
        configuration.resp = nil
        configuration.threads = 1
        configuration.httpLimits.answersDecisionsOnEventLoop = onEventLoop
        try await Server(limiter, configuration: configuration, logger: logger).run()
    }

    /// A Hummingbird route that reads the body and answers a constant of the same size.
    static func constant(port: Int) async throws {
        let answer = ByteBuffer(
            string: #"{"allowed":true,"policy":"bench","rule":"open","limit":1000000,"remaining":999999,"#
                + #""retry_after":null,"reset_after":0.001,"degraded":false}"#)
        let router = Router()
        router.post("/v1/check") { request, _ in
            _ = try await request.body.collect(upTo: 65_536)
            return Response(
                status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: answer))
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)), logger: logger)
        try await application.run()
    }

    /// A Hummingbird application with one route that greets.
    /// - Parameter protect: Adds what stands before the route.
    static func application(port: Int, _ protect: (Router<PeerRequestContext>) throws -> Void) async throws {
        let router = Router(context: PeerRequestContext.self)
        try protect(router)
        router.get("/") { _, _ in "hello\n" }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)), logger: logger)
        try await application.run()
    }

    /// The middleware with a token bucket that never runs dry, or with slots that never do.
    static func limit(_ router: Router<PeerRequestContext>, by policy: String) throws {
        let limiter = try Limiter {
            Policy("open") { Rule("open", by: .ip, .tokenBucket(1_000_000, per: .seconds(1))) }
            Policy("slots") { Rule("slots", by: .ip, .concurrency(10_000, lease: .seconds(30))) }
        }
        router.add(middleware: try RateLimit(limiter, policy, by: .clientAddress))
    }

    static var logger: Logger {
        var logger = Logger(label: "bench")
        logger.logLevel = .error
        return logger
    }
}

/// What a middleware costs that decides nothing: with fields, what telling of a limit costs however it was decided.
struct Through: RouterMiddleware {
    let fields: HTTPFields

    func handle(
        _ request: Request, context: PeerRequestContext,
        next: @concurrent (Request, PeerRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        for field in fields { response.headers.append(field) }
        return response
    }
}
