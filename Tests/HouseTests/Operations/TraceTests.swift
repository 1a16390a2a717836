import Foundation
import RedisServers
import Testing

/// Traces of a real server, as a collector gets them.
@Suite("Traces")
struct TraceTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let caller = "00f067aa0ba902b7"
    private static let parent = "traceparent: 00-\(trace)-\(caller)-01"

    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    /// A span as it arrived.
    private struct Span: Decodable {
        struct Event: Decodable { var name: String }

        struct Status: Decodable { var code: Int }

        var traceId: String
        var spanId: String
        var parentSpanId: String?
        var name: String
        var kind: Int
        var startTimeUnixNano: String
        var endTimeUnixNano: String
        var attributes: [String: Value]
        var events: [Event]?
        var status: Status?

        subscript(key: String) -> String? { attributes[key]?.text }
    }

    /// An attribute's value, whatever it is.
    private struct Value: Decodable {
        var text: String

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let text = try? value.decode(String.self) {
                self.text = text
            } else if let flag = try? value.decode(Bool.self) {
                text = "\(flag)"
            } else {
                text = "\(try value.decode(Double.self))"
            }
        }
    }

    /// A collector that keeps what it gets in a file.
    private struct Collector {
        let process: ChildProcess
        let file: URL
        let port: String

        init(in scratch: ScratchFolder, refusals: Int = 0) async throws {
            file = scratch.url.appendingPathComponent("spans-\(UUID().uuidString)")
            let script = Repository.root.appendingPathComponent("Tests/Traces/collector.py").path
            process = try ChildProcess(
                URL(fileURLWithPath: "/usr/bin/env"), ["python3", script, file.path, "\(refusals)"], in: scratch,
                within: .seconds(900))
            var port = ""
            for _ in 0..<300 where !port.hasSuffix("\n") {
                try await Task.sleep(for: .milliseconds(100))
                port = (try? String(contentsOf: file.appendingPathExtension("port"), encoding: .utf8)) ?? ""
            }
            self.port = String(port.dropLast())
        }

        var url: String { "http://127.0.0.1:\(port)" }

        var spans: [Span] {
            get throws {
                let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
                return try text.split(separator: "\n").map {
                    try JSONDecoder().decode(Span.self, from: Data($0.utf8))
                }
            }
        }

        /// The spans, once as many have come as are awaited.
        func spans(_ count: Int) async throws -> [Span] {
            for _ in 0..<150 {
                let spans = try spans
                if spans.count >= count { return spans }
                try await Task.sleep(for: .milliseconds(200))
            }
            Issue.record("of \(count) spans \(try spans.count) came within half a minute")
            return try spans
        }

        func stop() async throws {
            process.signal(SIGKILL)
            _ = try await process.wait()
        }
    }

    private func curl(_ server: RunningServer, _ path: String, _ options: String...) async throws -> String {
        let url = "http://127.0.0.1:\(try server.port(of: "http"))\(path)"
        return try await ChildProcess.run(["curl", "-s", "-m", "60"] + options + [url], in: scratch).output
    }

    private func policies() throws -> String {
        try scratch.write("policies: {p: {rules: [{name: r, by: [user], limit: 1 per 1h}]}}\n", to: "p.yaml").path
    }

    private static let request = #"{"policy":"p","descriptor":{"user":"somebody"}}"#

    @Test("lead from the caller through HTTP and gRPC to Redis, and name no caller")
    func redis() async throws {
        let redis = try await RedisServer.shared()
        let collector = try await Collector(in: scratch)
        let server = try await RunningServer(
            [
                "--otlp-endpoint", collector.url, "--trace-ratio", "0", "--config", try policies(), "--redis",
                redis.url, "--redis-prefix", "traces-\(UUID().uuidString)", "--redis-timeout", "20s",
            ], in: scratch)
        _ = try await curl(server, "/v1/check", "-H", Self.parent, "-d", Self.request)
        // Nobody keeps these two.
        _ = try await curl(server, "/v1/check", "-H", String(Self.parent.dropLast(2)) + "00", "-d", Self.request)
        _ = try await curl(server, "/v1/check", "-d", Self.request)
        var spans = try await collector.spans(2)
        #expect(spans.map(\.name) == ["redis decide", "POST /v1/check"])
        let check = try #require(spans.last)
        #expect(check.traceId == Self.trace && check.parentSpanId == Self.caller && check.kind == 2)
        #expect(check["sluice.policy"] == "p" && check["sluice.rule"] == "r" && check["sluice.outcome"] == "allowed")
        #expect(check["http.response.status_code"] == "200" && check["sluice.remaining"] == "0")
        #expect(spans[0].parentSpanId == check.spanId && spans[0].kind == 3)
        #expect(spans[0]["db.system.name"] == "redis" && spans[0]["db.operation.batch.size"] == "1")
        #expect(spans[0].events?.map(\.name) == ["sent"])
        #expect(spans[0].startTimeUnixNano >= check.startTimeUnixNano)
        #expect(spans[0].endTimeUnixNano <= check.endTimeUnixNano)

        _ = try await curl(server, "/v1/refund", "-H", Self.parent, "-d", Self.request)
        spans = try await collector.spans(4)
        #expect(spans[2].name == "redis refund" && spans[3].name == "/v1/refund")
        #expect(spans[2].parentSpanId == spans[3].spanId && spans[3].parentSpanId == Self.caller)

        try Data(Self.envoyRequest).write(to: scratch.url.appendingPathComponent("call"))
        _ = try await ChildProcess.run(
            [
                "curl", "-s", "-m", "60", "--http2-prior-knowledge", "-H", "content-type: application/grpc", "-H",
                "te: trailers", "-H", Self.parent, "--data-binary", "@call", "-o", "answer",
                "http://127.0.0.1:\(try server.port(of: "grpc"))/\(Self.method)",
            ], in: scratch)
        spans = try await collector.spans(7)
        #expect(spans.dropFirst(4).map(\.name) == ["redis decide", "sluice.decide", Self.method])
        #expect(spans[6].parentSpanId == Self.caller && spans[6]["rpc.grpc.status_code"] == "0")
        #expect(spans[5].parentSpanId == spans[6].spanId && spans[4].parentSpanId == spans[6].spanId)
        #expect(spans[5]["sluice.domain"] == "p" && spans[5]["sluice.policy"] == "p")
        let text = try String(contentsOf: collector.file, encoding: .utf8)
        #expect(!text.contains("somebody"))
        #expect(try await server.stop().status == 0)
        try await collector.stop()
    }

    private static let method = "envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit"

    /// `RateLimitRequest(domain: "p", descriptors: [{user: somebody}])`, in a frame of gRPC.
    private static var envoyRequest: [UInt8] {
        func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }
        let entry = field(1, Array("user".utf8)) + field(2, Array("somebody".utf8))
        let message = field(1, Array("p".utf8)) + field(2, field(1, entry))
        return [0, 0, 0, 0, UInt8(message.count)] + message
    }

    @Test("begin here in the share that is asked for, also over the Redis protocol, and tell of reloads and failures")
    func memory() async throws {
        let collector = try await Collector(in: scratch, refusals: 2)
        let server = try await RunningServer(
            ["--otlp-endpoint", collector.url, "--trace-ratio", "1", "--config", try policies(), "--admin"],
            in: scratch)
        let words = ["redis-cli", "-p", try server.port(of: "resp"), "SLUICE.CHECK", "p", "1", "user", "7"]
        _ = try await ChildProcess.run(words, in: scratch)
        _ = try await curl(server, "/v1/check", "-d", Self.request)
        _ = try await curl(server, "/v1/check", "-d", Self.request)
        _ = try await curl(server, "/v1/authorize/p?user=somebody")
        _ = try await curl(server, "/v1/policies/reload", "-X", "POST")
        _ = try await curl(server, "/healthz")
        // The collector has refused them at first: they have waited.
        let spans = try await collector.spans(6)
        let metrics = try await curl(server, "/metrics")
        #expect(metrics.contains("sluice_spans_total{result=\"dropped\"} 0") && !metrics.contains("trace_id"))
        let open = try await curl(server, "/metrics", "-H", "Accept: application/openmetrics-text")
        for transport in ["http", "resp"] {
            let line = open.split(separator: "\n").first {
                $0.hasPrefix("sluice_transport_duration_seconds_bucket{transport=\"\(transport)\"")
                    && $0.contains(" # ")
            }
            let match = try #require(line?.firstMatch(of: /} \d+ # {trace_id="([0-9a-f]{32})"} [0-9.e-]+ [0-9.e]+$/))
            #expect(spans.contains { $0.traceId == match.1 && $0.kind == 2 })
        }
        #expect(try await server.stop().status == 0)
        try await collector.stop()
        #expect(spans.allSatisfy { $0.parentSpanId == nil || $0.name == "sluice.reload" })
        let resp = try #require(spans.first { $0.name == "resp" })
        #expect(resp["sluice.requests"] == "1" && resp["sluice.errors"] == "0")
        let checks = spans.filter { $0.name == "POST /v1/check" }
        #expect(checks.map { $0["sluice.outcome"] } == ["allowed", "denied"])
        #expect(checks.last?["http.response.status_code"] == "429" && checks.last?["sluice.reason"] == "limited")
        #expect(checks.last?.status == nil, "a denial is no failure")
        #expect(checks.last?["sluice.retry_after"] != nil)
        #expect(spans.contains { $0.name == "GET /v1/authorize/{policy}" && $0["url.path"] == "/v1/authorize/p" })
        let reload = try #require(spans.first { $0.name == "sluice.reload" })
        #expect(reload["sluice.policies"] == "1" && reload["sluice.rules"] == "1")
        #expect(spans.contains { $0.spanId == reload.parentSpanId && $0.name == "/v1/policies/reload" })
        #expect(try server.log().components(separatedBy: "Traces cannot be sent").count == 2)
        #expect(try server.log().contains("Traces are sent again"))
    }
}
