import InMemoryTracing
import Instrumentation
import Sluice
import SluiceTesting
import Testing
import Tracing

@testable import SluiceHTTP

/// What a program that embeds a middleware sees in its own traces.
@Suite("Spans of admissions")
struct AdmissionSpanTests {
    private static func policy() throws -> ProtectedPolicy {
        let limiter = try Limiter(
            [Policy("api") { Rule("hourly", by: .user, .cooldown(.hours(1))) }],
            time: .provided(by: ManualTime()))
        return try ProtectedPolicy(limiter, "api", keys: [.user], settlesCosts: false)
    }

    @Test("lie below the request's own, and tell what was decided without naming the caller")
    func below() async throws {
        let tracer = InMemoryTracer()
        let policy = try Self.policy()
        try await withTracer(tracer) {
            try await withSpan("request") { _ in
                for _ in 0..<2 {
                    _ = try await policy.admit(["user": "somebody"], cost: 1, explains: false)
                }
                await #expect(throws: SluiceError.self) {
                    try await policy.admit(["user": "somebody"], cost: -1, explains: false)
                }
            }
        }
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == ["sluice.decide", "sluice.decide", "sluice.decide", "request"])
        let request = try #require(spans.last)
        for span in spans.dropLast() { #expect(span.parentSpanID == request.spanID) }
        #expect(spans[0].attributes.get("sluice.outcome") == .string("allowed"))
        #expect(spans[0].attributes.get("sluice.policy") == .string("api"))
        #expect(spans[0].attributes.get("sluice.rule") == .string("hourly"))
        #expect(spans[0].attributes.get("sluice.limit") == .int64(1))
        #expect(spans[1].attributes.get("sluice.outcome") == .string("denied"))
        #expect(spans[1].attributes.get("sluice.reason") == .string("limited"))
        #expect(spans[1].attributes.get("sluice.retry_after") == .double(3_600))
        #expect(spans[1].status == nil && spans[2].status?.code == .error && spans[2].errors.count == 1)
        for span in spans {
            span.attributes.forEach { _, value in #expect(value != .string("somebody")) }
        }
    }

    @Test("are not made where nobody traces, nor outside of a request")
    func none() async throws {
        let tracer = InMemoryTracer()
        let policy = try Self.policy()
        _ = try await policy.admit(["user": "1"], cost: 1, explains: false)
        try await withTracer(tracer) {
            _ = try await policy.admit(["user": "2"], cost: 1, explains: false)
        }
        #expect(tracer.finishedSpans.isEmpty && tracer.activeSpans.isEmpty)
    }
}
