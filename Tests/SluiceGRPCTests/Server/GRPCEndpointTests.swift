import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import Sluice
import SwiftProtobuf
import Synchronization
import Testing

@testable import SluiceGRPC

/// The service over real connections, and clients that mean harm.
@Suite("The gRPC port", .timeLimit(.minutes(5)))
struct GRPCEndpointTests {
    typealias Client = Envoy_Service_Ratelimit_V3_RateLimitService.Client<HTTP2ClientTransport.Posix>

    private func withPort(
        _ limits: GRPCEndpoint.Limits = .init(), _ body: @Sendable @escaping (Int) async throws -> Void
    ) async throws {
        let limiter = try Limiter([Policy("web") { Rule("each", by: .ip, .fixedWindow(2, per: .seconds(3_600))) }])
        let (ports, listens) = AsyncStream.makeStream(of: Int.self)
        let endpoint = try GRPCEndpoint(
            RateLimitService(limiter, DomainDirectory(limiter)),
            on: try SocketAddress(ipAddress: "127.0.0.1", port: 0), limits: limits,
            group: .singletonMultiThreadedEventLoopGroup
        ) { if let port = $0 { listens.yield(port) } }
        try await withThrowingTaskGroup { group in
            group.addTask { try await endpoint.run() }
            group.addTask {
                for await port in ports { return try await body(port) }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private func ask(_ port: Int, _ request: RateLimitRequest) async throws -> RateLimitResponse {
        let transport = try HTTP2ClientTransport.Posix(
            target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext)
        return try await withGRPCClient(transport: transport) {
            try await Client(wrapping: $0).shouldRateLimit(request)
        }
    }

    /// A connection on which nothing is said.
    private func connect(_ port: Int) async throws -> any Channel {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port).get()
    }

    @Test("answers over HTTP/2")
    func answers() async throws {
        try await withPort { port async throws in
            let answer = try await self.ask(port, RateLimitRequest("web", [("ip", "a")]))
            #expect(answer.overallCode == .ok)
            let fields = Dictionary(uniqueKeysWithValues: answer.responseHeadersToAdd.map { ($0.key, $0.value) })
            #expect(fields["ratelimit-policy"] == "\"each\";q=2;w=3600")
            #expect(fields["ratelimit"]?.hasPrefix("\"each\";r=1;t=") == true)
            let denied = try await self.ask(port, RateLimitRequest("web", [("ip", "a")], hits: 2))
            #expect(denied.overallCode == .overLimit)
            #expect(denied.responseHeadersToAdd.contains { $0.key == "retry-after" })
            #expect(String(decoding: denied.rawBody, as: UTF8.self).contains("\"violated-policies\":[\"each\"]"))
        }
    }

    @Test("closes connections that ask nothing, and serves others meanwhile")
    func silent() async throws {
        var limits = GRPCEndpoint.Limits()
        limits.firstRequest = .milliseconds(100)
        try await withPort(limits) { port async throws in
            let silent = try await self.connect(port)
            // On a busy machine others too may be too slow for it, now and then.
            var answer: RateLimitResponse?
            for _ in 0..<1_000 where answer == nil {
                answer = try? await self.ask(port, RateLimitRequest("web", [("ip", "a")]))
            }
            #expect(answer?.overallCode == .ok)
            try await silent.closeFuture.get()
        }
    }

    /// A request that says nothing, as its bytes are.
    private static let request: [UInt8] = {
        func frame(_ kind: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8] = []) -> [UInt8] {
            [0, UInt8(payload.count >> 8), UInt8(payload.count & 255), kind, flags, 0, 0, 0, stream] + payload
        }
        let fields: KeyValuePairs = [
            ":method": "POST", ":scheme": "http", ":authority": "a",
            ":path": "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit",
            "te": "trailers", "content-type": "application/grpc",
        ]
        var block: [UInt8] = []
        for (name, value) in fields {
            block += [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
        }
        return Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0) + frame(1, 4, 1, block)
            + frame(0, 1, 1, [0, 0, 0, 0, 0])
    }()

    @Test("tells a connection to go that has been quiet for long, and ends it if it does not")
    func quiet() async throws {
        var limits = GRPCEndpoint.Limits()
        (limits.firstRequest, limits.idle) = (.milliseconds(500), .milliseconds(100))
        try await withPort(limits) { port async throws in
            let kinds = Mutex<[UInt8]>([])
            let quiet = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            FrameKinds(asking: Self.request) { kind in
                                kinds.withLock { $0.append(kind) }
                            })
                    }
                }
                .connect(host: "127.0.0.1", port: port).get()
            try await quiet.closeFuture.get()
            // Fields of an answer, and then that it should go.
            let headers = try #require(kinds.withLock { $0.firstIndex(of: 1) })
            #expect(kinds.withLock { $0.lastIndex(of: 7) ?? 0 } > headers)
        }
    }

    @Test("closes what exceeds its connections, and takes others once there is room")
    func crowded() async throws {
        var limits = GRPCEndpoint.Limits()
        limits.connections = 2
        try await withPort(limits) { port async throws in
            let first = try await self.connect(port)
            let second = try await self.connect(port)
            try await self.connect(port).closeFuture.get()
            // On a busy machine the server may have closed them for their silence by now.
            for connection in [first, second] { try? await connection.close() }
            // Until it has noticed that they are gone, it refuses others.
            var answer: RateLimitResponse?
            for _ in 0..<1_000 where answer == nil {
                answer = try? await self.ask(port, RateLimitRequest("web", [("ip", "a")]))
            }
            #expect(answer?.overallCode == .ok)
        }
    }

    @Test("refuses a request that is too long, and answers the next")
    func oversize() async throws {
        try await withPort { port async throws in
            let long = RateLimitRequest("web", [("ip", String(repeating: "x", count: 70_000))])
            await #expect(throws: RPCError.self) { () async throws in try await self.ask(port, long) }
            let answer = try await self.ask(port, RateLimitRequest("web", [("ip", "a")]))
            #expect(answer.overallCode == .ok)
        }
    }
}

/// Asks as soon as it is connected, and tells the kinds of the frames that come.
private final class FrameKinds: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    typealias OutboundOut = ByteBuffer

    private let request: [UInt8]
    private let tell: (UInt8) -> Void
    private var bytes = ByteBuffer()

    init(asking request: [UInt8], _ tell: @escaping (UInt8) -> Void) { (self.request, self.tell) = (request, tell) }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: request)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var read = unwrapInboundIn(data)
        bytes.writeBuffer(&read)
        while let head = bytes.getBytes(at: bytes.readerIndex, length: 9) {
            let length = 9 + head[..<3].reduce(0) { $0 << 8 | Int($1) }
            guard bytes.readSlice(length: length) != nil else { return }
            tell(head[3])
        }
    }
}
