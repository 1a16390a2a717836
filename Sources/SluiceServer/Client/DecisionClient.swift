import NIOCore
import NIOHTTP1
import Sluice

/// Asks a running server for decisions over HTTP/1.1, one connection for each question.
///
/// It is what `sluice check` needs; a program that decides often keeps connections open with a client of its own.
public struct DecisionClient: Sendable {
    private let server: String
    private let endpoint: HTTPEndpoint
    private let token: String?

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
        do throws(HTTPEndpoint.Fault) {
            endpoint = try HTTPEndpoint(server, authorityFile: authorityFile, timeout: timeout)
        } catch .noEncryption {
            throw DecisionClientError(
                .invalidAddress, "This build cannot speak https: build sluice with `--traits TLS`.")
        } catch {
            throw DecisionClientError(
                .invalidAddress,
                "'\(server)' is not a server: write http://HOST:PORT, https://HOST:PORT or unix:PATH.")
        }
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
            "No server answers at \(server) (\(ConnectionFault.reason(error))). Start one with `sluice serve`\(rest)")
    }

    private func exchange(_ query: DecisionQuery) async throws -> (Int, String) {
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        let answer = try await endpoint.exchange(
            HTTPEndpoint.Request(path: query.path, headers: headers, body: ByteBuffer(bytes: query.json)))
        guard answer.status > 0 else {
            throw DecisionClientError(.notSluice, "The answer is longer than a decision can be.")
        }
        return (answer.status, String(buffer: answer.body))
    }

    /// Follows what a server tells as server-sent events, until it ends or `tell` returns `false`.
    /// - Parameter path: Such as `/v1/events`, with its query.
    public func follow(
        _ path: String, _ tell: (ServerEvent) async throws -> Bool
    ) async throws {
        let channel: HTTPEndpoint.Connection
        do {
            channel = try await endpoint.connect()
        } catch {
            throw unreachable(error, orElse: ", or name another with --server.")
        }
        do {
            try await channel.executeThenClose { inbound, outbound in
                var headers: HTTPHeaders = ["Host": endpoint.host, "Accept": "text/event-stream"]
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
}
