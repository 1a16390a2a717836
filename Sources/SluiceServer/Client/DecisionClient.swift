import NIOCore
import NIOHTTP1
import NIOPosix
import Sluice

#if TLS
import NIOSSL
#endif
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Asks a running server for decisions over HTTP/1.1, one connection for each question.
///
/// It is what `sluice check` needs; a program that decides often keeps connections open with a client of its own.
public struct DecisionClient: Sendable {
    private let server: String
    private let address: ListenAddress
    private let isEncrypted: Bool
    private let token: String?
    private let authorityFile: String?
    private let timeout: Duration

    /// - Parameters:
    ///   - server: `http://HOST:PORT`, `https://HOST:PORT`, `HOST:PORT` or `unix:PATH`.
    ///   - token: A user's token, for a server that answers users only.
    ///   - authorityFile: The certificates of the authorities to trust, in PEM; `nil` for those of the system.
    /// - Throws: ``DecisionClientError/Code/invalidAddress``, also for `https` in a build without the trait `TLS`.
    public init(
        server: String, token: String? = nil, authorityFile: String? = nil, timeout: Duration = .seconds(10)
    ) throws(DecisionClientError) {
        self.server = server
        self.token = token
        self.authorityFile = authorityFile
        self.timeout = timeout
        isEncrypted = server.hasPrefix("https://")
        guard let address = Self.address(server) else {
            throw DecisionClientError(
                .invalidAddress,
                "'\(server)' is not a server: write http://HOST:PORT, https://HOST:PORT or unix:PATH.")
        }
        #if !TLS
        guard !isEncrypted else {
            throw DecisionClientError(
                .invalidAddress, "This build cannot speak https: build sluice with `--traits TLS`.")
        }
        #endif
        self.address = address
    }

    private static func address(_ server: String) -> ListenAddress? {
        if server.hasPrefix("unix:") { return try? ListenAddress.parse(server) }
        let schemes = [("https://", 443), ("http://", 80), ("", 80)]
        guard let (scheme, port) = schemes.first(where: { server.hasPrefix($0.0) }) else { return nil }
        var text = server.dropFirst(scheme.count)
        if text.hasSuffix("/") { text = text.dropLast() }
        guard !text.isEmpty, text != "off", !text.contains("/") else { return nil }
        let hasPort = text.contains(":") && !text.hasSuffix("]")
        return try? ListenAddress.parse(hasPort ? String(text) : "\(text):\(port)")
    }

    /// Asks, and returns the decision as JSON.
    public func ask(_ query: DecisionQuery) async throws(DecisionClientError) -> String {
        let (status, body): (Int, String)
        do {
            (status, body) = try await exchange(query)
        } catch let error as DecisionClientError {
            throw error
        } catch {
            throw unreachable(error, orElse: ", name another with --server, or decide here with --config FILE.")
        }
        if status == 200 || status == 429 { return body }
        throw refusal(status: status, body)
    }

    private func unreachable(_ error: any Error, orElse rest: String) -> DecisionClientError {
        DecisionClientError(
            .unreachable,
            "No server answers at \(server) (\(Self.reason(error))). Start one with `sluice serve`\(rest)")
    }

    private func exchange(_ query: DecisionQuery) async throws -> (Int, String) {
        let channel = try await connect()
        let timer = channel.channel.eventLoop.scheduleTask(in: .init(timeout)) {
            channel.channel.close(promise: nil)
        }
        defer { timer.cancel() }
        return try await channel.executeThenClose { inbound, outbound in
            let body = ByteBuffer(bytes: query.json)
            var headers: HTTPHeaders = [
                "Host": "\(address)", "Content-Type": "application/json", "Content-Length": "\(body.readableBytes)",
                "Connection": "close",
            ]
            if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
            let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: query.path, headers: headers)
            try await outbound.write(contentsOf: [.head(head), .body(.byteBuffer(body)), .end(nil)])
            return try await Self.response(inbound)
        }
    }

    /// Follows what a server tells as server-sent events, until it ends or `tell` returns `false`.
    /// - Parameter path: Such as `/v1/events`, with its query.
    public func follow(
        _ path: String, _ tell: (ServerEvent) async throws -> Bool
    ) async throws {
        let channel: NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>
        do {
            channel = try await connect()
        } catch {
            throw unreachable(error, orElse: ", or name another with --server.")
        }
        do {
            try await channel.executeThenClose { inbound, outbound in
                var headers: HTTPHeaders = ["Host": "\(address)", "Accept": "text/event-stream"]
                if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
                let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: headers)
                try await outbound.write(contentsOf: [.head(head), .end(nil)])
                var events = ServerEventReader()
                var fault: (status: Int, body: ByteBuffer)?
                for try await part in inbound {
                    switch part {
                    case .head(let head): if head.status != .ok { fault = (Int(head.status.code), ByteBuffer()) }
                    case .body(let bytes) where fault != nil: fault?.body.writeImmutableBuffer(bytes)
                    case .body(let bytes):
                        for event in events.take(bytes) where try await !tell(event) { return }
                    case .end:
                        if let fault { throw refusal(status: fault.status, String(buffer: fault.body)) } else { return }
                    }
                }
            }
        } catch let error where error is HTTPParserError || error is ChannelError || error is IOError {
            throw DecisionClientError(.unreachable, "The server at \(server) went away before it ended the stream.")
        }
    }

    private func refusal(status: Int, _ body: String) -> DecisionClientError {
        guard let problem = ProblemAnswer(json: body) else {
            return DecisionClientError(.notSluice, "What answers at \(server) is not Sluice: it said \(status).")
        }
        return DecisionClientError(.refused, "\(problem.title): \(problem.detail)")
    }

    private func connect() async throws -> NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart> {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.init(timeout))
        #if TLS
        let encryption = isEncrypted ? try context() : nil
        let name = hostName
        #endif
        let initialize:
            @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>> =
                { channel in
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

    private static func response(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>
    ) async throws -> (Int, String) {
        var status = 0
        var body = ByteBuffer()
        for try await part in inbound {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let bytes):
                guard body.readableBytes + bytes.readableBytes <= 1 << 20 else {
                    throw DecisionClientError(.notSluice, "The answer is longer than a decision can be.")
                }
                body.writeImmutableBuffer(bytes)
            case .end: return (status, String(buffer: body))
            }
        }
        throw ChannelError.eof
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { reason($0.error) } ?? "its name is not known"
        #if TLS
        case NIOSSLError.handshakeFailed(let cause):
            "its certificate is not trusted: name its authority with --ca-file; \(cause)"
        #endif
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case is ChannelError: "it closed the connection, or took too long"
        default: "\(error)"
        }
    }
}
