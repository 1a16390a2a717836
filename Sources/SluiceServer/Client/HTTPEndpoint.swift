import NIOCore
import NIOHTTP1
import NIOPosix
import Sluice

#if TLS
import NIOSSL
#endif

/// A server that is asked over HTTP/1.1, with a connection for each question.
struct HTTPEndpoint: Sendable {
    typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// Why a text names no server.
    enum Fault: Error {
        case noAddress
        /// This build has no TLS.
        case noEncryption
    }

    /// A request without its `Host`.
    struct Request {
        var method = HTTPMethod.POST
        var path: String
        var headers: HTTPHeaders
        var body: ByteBuffer
    }

    /// The longest answer that is read.
    private static let mostBytes = 1 << 20

    private let address: ListenAddress
    private let isEncrypted: Bool
    private let authorityFile: String?
    private let timeout: Duration

    /// - Parameters:
    ///   - server: `http://HOST:PORT`, `https://HOST:PORT`, `HOST:PORT` or `unix:PATH`.
    ///   - port: The port of `http` where none is named.
    ///   - authorityFile: The certificates of the authorities to trust, in PEM; `nil` for those of the system.
    init(
        _ server: String, port: Int = 80, authorityFile: String? = nil, timeout: Duration
    ) throws(Fault) {
        isEncrypted = server.hasPrefix("https://")
        guard let address = Self.address(server, port: port) else { throw .noAddress }
        #if !TLS
        guard !isEncrypted else { throw .noEncryption }
        #endif
        self.address = address
        self.authorityFile = authorityFile
        self.timeout = timeout
    }

    private static func address(_ server: String, port: Int) -> ListenAddress? {
        if server.hasPrefix("unix:") { return try? ListenAddress.parse(server) }
        let schemes = [("https://", port == 80 ? 443 : port), ("http://", port), ("", port)]
        guard let (scheme, port) = schemes.first(where: { server.hasPrefix($0.0) }) else { return nil }
        var text = server.dropFirst(scheme.count)
        if text.hasSuffix("/") { text = text.dropLast() }
        guard !text.isEmpty, text != "off", !text.contains("/") else { return nil }
        let hasPort = text.contains(":") && !text.hasSuffix("]")
        return try? ListenAddress.parse(hasPort ? String(text) : "\(text):\(port)")
    }

    /// Whether a text names a server, be it one that only another build can speak to.
    static func isAddress(_ text: String) -> Bool { address(text, port: 80) != nil }

    /// What a request calls the server.
    var host: String { "\(address)" }

    /// Asks, and returns the status and the body of the answer.
    /// - Throws: What went wrong with the connection; `ChannelError` if it took longer than it may.
    func exchange(_ request: Request) async throws -> (status: Int, body: ByteBuffer) {
        let connection = try await connect()
        let timer = connection.channel.eventLoop.scheduleTask(in: .init(timeout)) {
            connection.channel.close(promise: nil)
        }
        defer { timer.cancel() }
        return try await connection.executeThenClose { inbound, outbound in
            var headers = request.headers
            headers.add(name: "Host", value: host)
            headers.add(name: "Content-Length", value: "\(request.body.readableBytes)")
            headers.add(name: "Connection", value: "close")
            let head = HTTPRequestHead(
                version: .http1_1, method: request.method, uri: request.path, headers: headers)
            try await outbound.write(contentsOf: [.head(head), .body(.byteBuffer(request.body)), .end(nil)])
            return try await Self.response(inbound)
        }
    }

    private static func response(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>
    ) async throws -> (status: Int, body: ByteBuffer) {
        var status = 0
        var body = ByteBuffer()
        for try await part in inbound {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let bytes):
                guard body.readableBytes + bytes.readableBytes <= mostBytes else { return (0, body) }
                body.writeImmutableBuffer(bytes)
            case .end: return (status, body)
            }
        }
        throw ChannelError.eof
    }

    /// A connection of one's own.
    func connect() async throws -> Connection {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.init(timeout))
        #if TLS
        let encryption = isEncrypted ? try context() : nil
        let name = hostName
        #endif
        let initialize: @Sendable (any Channel) -> EventLoopFuture<Connection> = { channel in
            channel.eventLoop.makeCompletedFuture {
                #if TLS
                if let encryption {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: encryption, serverHostname: name))
                }
                #endif
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
            }
        }
        return switch address {
        case .tcp(let host, let port):
            try await bootstrap.connect(host: host, port: port, channelInitializer: initialize)
        case .unix(let path): try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: initialize)
        }
    }

    #if TLS
    private func context() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorityFile { configuration.trustRoots = .file(authorityFile) }
        return try NIOSSLContext(configuration: configuration)
    }

    /// The name to ask for in a handshake; `nil` for an address, which none may name (RFC 6066, section 3).
    private var hostName: String? {
        guard case .tcp(let host, _) = address, IPAddress(host) == nil else { return nil }
        return host
    }
    #endif
}
