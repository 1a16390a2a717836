import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A server that answers as each path says, and remembers what it was asked.
///
/// `/ok`, `/denied` (429), `/wrong` (404), `/broken` (500), `/close` (200, and that connection ends), `/drop` (the
/// connection ends without an answer), `/silent` (no answer).
struct ScriptedServer: Sendable {
    struct Remembered {
        /// What was asked, in order.
        var requests: [(path: String, body: String, headers: HTTPHeaders)] = []
        var connections = 0
        var openConnections = 0
        var requestsInFlight = 0
        var mostInFlight = 0
    }

    final class Memory: Sendable {
        private let remembered = Mutex(Remembered())

        func change<Result: Sendable>(_ body: (inout Remembered) -> Result) -> Result {
            remembered.withLock { body(&$0) }
        }
    }

    let url: String
    private let memory: Memory

    /// What it remembers now.
    var remembered: Remembered { memory.change(\.self) }

    /// Runs something with a server that is gone afterwards.
    /// - Parameter late: Which request to answer late, counted from 0, and how late.
    static func during(
        late: (request: Int, by: Duration)? = nil, _ body: (ScriptedServer) async throws -> Void
    ) async throws {
        let memory = Memory()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await ServerBootstrap(group: group)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try channel.pipeline.syncOperations.addHandler(ScriptedAnswers(memory, late: late))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedServer(url: "http://127.0.0.1:\(listener.localAddress?.port ?? 0)", memory: memory)
        do {
            try await body(server)
            try await group.shutdownGracefully()
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }
}

/// One connection of it.
private final class ScriptedAnswers: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let memory: ScriptedServer.Memory
    private let late: (request: Int, by: Duration)?
    private var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "")
    private var body = ""

    init(_ memory: ScriptedServer.Memory, late: (request: Int, by: Duration)?) {
        (self.memory, self.late) = (memory, late)
    }

    func channelActive(context: ChannelHandlerContext) {
        memory.change { memory in
            memory.connections += 1
            memory.openConnections += 1
        }
    }

    func channelInactive(context: ChannelHandlerContext) { memory.change { $0.openConnections -= 1 } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, "")
        case .body(let bytes): body += String(buffer: bytes)
        case .end: asked(context)
        }
    }

    private func asked(_ context: ChannelHandlerContext) {
        let (head, body) = (head, body)
        let number = memory.change { memory in
            memory.requests.append((head.uri, body, head.headers))
            memory.requestsInFlight += 1
            memory.mostInFlight = max(memory.mostInFlight, memory.requestsInFlight)
            return memory.requests.count - 1
        }
        guard let late, number == late.request else { return answer(context) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(late.by)) { bound.value.0.answer(bound.value.1) }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard head.uri != "/silent" else { return }
        memory.change { $0.requestsInFlight -= 1 }
        guard head.uri != "/drop" else { return context.close(promise: nil) }
        let statuses: [String: HTTPResponseStatus] = [
            "/denied": .tooManyRequests, "/wrong": .notFound, "/broken": .internalServerError,
        ]
        let isKept = head.uri != "/close"
        let headers: HTTPHeaders = isKept ? ["Content-Length": "2"] : ["Content-Length": "2", "Connection": "close"]
        let answer = HTTPResponseHead(version: .http1_1, status: statuses[head.uri] ?? .ok, headers: headers)
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "ok")))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if !isKept { context.close(promise: nil) }
    }
}
