package import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import SluiceHTTP
package import Tracing

/// Sends the spans of a server to a collector, by OTLP over HTTP.
///
/// It waits on nobody's way: spans that cannot be sent wait, so many at most, and more are dropped and counted.
package struct SpanExporter: Service {
    /// Spans that wait at most.
    private static let capacity = 8_192
    /// Spans of one request at most.
    private static let perRequest = 512
    /// How often what waits is sent.
    private static let interval: Duration = .milliseconds(500)
    /// The port of OTLP over HTTP, and where it takes traces.
    private static let port = 4_318
    private static let path = "/v1/traces"

    private let endpoint: HTTPEndpoint
    private let name: String
    private let writer: SpanWriter
    private let logger: Logger
    let queue = SpanQueue(capacity: Self.capacity)
    /// Makes the spans that it sends.
    package let tracer: any Tracer

    /// - Parameters:
    ///   - collector: `http://HOST:PORT`, or `https://HOST:PORT` in a build with the trait `TLS`.
    ///   - ratio: The share of the traces that begin here to send, from 0 to 1.
    ///   - instance: What tells this process from others of its kind.
    /// - Throws: ``ServerError`` for an address that is none.
    package init(to collector: String, ratio: Double, instance: String, logger: Logger) throws(ServerError) {
        do throws(HTTPEndpoint.Fault) {
            endpoint = try HTTPEndpoint(collector, port: Self.port, timeout: .seconds(2))
        } catch .noEncryption {
            throw ServerError(
                .unsupported, "This build cannot speak https to \(collector): build sluice with `--traits TLS`.")
        } catch {
            throw ServerError(
                .invalidAddress,
                "'\(collector)' is not a collector: write http://HOST:PORT, such as "
                    + "http://127.0.0.1:4318, without a path.")
        }
        name = collector
        self.logger = logger
        writer = SpanWriter(resource: [
            ("service.name", "sluice"), ("service.version", BuildInformation.version),
            ("service.instance.id", instance),
        ])
        tracer = SpanTracer(SpanSampler(ratio: ratio), into: queue)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var failing = false
            while (try? await Task.sleep(for: Self.interval)) != nil { failing = await send(afterFailure: failing) }
        }
        _ = await send(afterFailure: false)
    }

    /// Sends what waits.
    /// - Returns: Whether it could not be sent.
    private func send(afterFailure wasFailing: Bool) async -> Bool {
        var wasFailing = wasFailing
        while true {
            let spans = queue.take(Self.perRequest)
            guard !spans.isEmpty else { return false }
            do throws(Refusal) {
                try await post(spans)
                queue.sent(spans.count)
                if wasFailing { logger.notice("Traces are sent again", metadata: ["collector": "\(name)"]) }
                wasFailing = false
            } catch {
                if error.isPassing { queue.putBack(spans) } else { queue.lost(spans.count) }
                if !wasFailing {
                    logger.warning(
                        "Traces cannot be sent: \(error.reason); \(SpanExporter.capacity) spans wait at most",
                        metadata: ["collector": "\(name)"])
                }
                return true
            }
        }
    }

    /// Why spans were not taken.
    private struct Refusal: Error {
        var reason: String
        /// Whether they may be taken later.
        var isPassing: Bool
    }

    private func post(_ spans: [RecordedSpan.Record]) async throws(Refusal) {
        var body = ByteWriter(capacity: spans.count * 640)
        writer.write(spans, into: &body)
        let request = HTTPEndpoint.Request(
            path: Self.path, headers: ["Content-Type": "application/json"], body: ByteBuffer(bytes: body.bytes))
        let status: Int
        do {
            status = try await endpoint.exchange(request).status
        } catch {
            throw Refusal(reason: ConnectionFault.reason(error), isPassing: true)
        }
        guard status != 200 else { return }
        throw Refusal(
            reason: "the collector answered \(status)", isPassing: [429, 502, 503, 504].contains(status))
    }
}
