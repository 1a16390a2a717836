import Foundation
import Instrumentation
import Logging
import SluiceHTTP
import Testing
import Tracing

@testable import SluiceServer

@Suite("Spans")
struct SpanTests {
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private static func context(_ fields: [String: String], _ tracer: SpanTracer) -> InstrumentationContext {
        var context = InstrumentationContext.topLevel
        tracer.extract(fields, into: &context, using: DictionaryFields())
        return context
    }

    @Test("are kept as the caller asks, whatever the share of those that begin here", arguments: [0.0, 0.5, 1.0])
    func parents(ratio: Double) throws {
        let queue = SpanQueue(capacity: 10)
        let tracer = SpanTracer(SpanSampler(ratio: ratio), into: queue)
        let kept = tracer.startSpan("kept", context: Self.context(["traceparent": Self.parent], tracer))
        #expect(kept.isRecording)
        let child = tracer.startSpan("child", context: kept.context)
        child.end()
        kept.end()
        kept.end()
        let other = Self.parent.dropLast(2) + "00"
        let left = tracer.startSpan("left", context: Self.context(["traceparent": String(other)], tracer))
        #expect(!left.isRecording)
        left.end()
        let spans = queue.take(10)
        #expect(spans.map(\.name) == ["child", "kept"])
        #expect(spans.allSatisfy { $0.trace.traceText == "4bf92f3577b34da6a3ce929d0e0e4736" })
        #expect(spans[1].parent == 0x00f0_67aa_0ba9_02b7)
        #expect(spans[0].parent == spans[1].trace.span)
        var fields: [String: String] = [:]
        tracer.inject(kept.context, into: &fields, using: DictionaryFields())
        #expect(fields == ["traceparent": spans[1].trace.parent])
    }

    @Test("of traces that begin here are kept in the share that was asked for")
    func share() {
        for (ratio, range) in [(0.0, 0...0), (0.25, 2_200...2_800), (1.0, 10_000...10_000)] {
            let queue = SpanQueue(capacity: 20_000)
            let tracer = SpanTracer(SpanSampler(ratio: ratio), into: queue)
            for _ in 0..<10_000 {
                let root = tracer.startSpan("root", context: .topLevel)
                // What is below goes with the root.
                let child = tracer.startSpan("child", context: root.context)
                #expect(child.isRecording == root.isRecording)
                root.end()
            }
            #expect(range.contains(queue.count), "of 10,000 at \(ratio)")
            let numbers = queue.take(20_000).map(\.trace.span)
            #expect(Set(numbers).count == numbers.count)
        }
    }

    @Test("wait in bounds, the oldest first, and are counted when they are lost")
    func queue() {
        let queue = SpanQueue(capacity: 3)
        let tracer = SpanTracer(SpanSampler(ratio: 1), into: queue)
        for number in 1...5 { tracer.startSpan("\(number)", context: .topLevel).end() }
        #expect(queue.count == 3 && queue.counts.dropped == 2)
        let taken = queue.take(2)
        #expect(taken.map(\.name) == ["1", "2"])
        tracer.startSpan("6", context: .topLevel).end()
        queue.putBack(taken)
        // There is room for one of the two: the younger.
        #expect(queue.counts.dropped == 3)
        #expect(queue.take(9).map(\.name) == ["2", "3", "6"])
    }

    @Test("keep what they are told, and no more than a bounded number of events")
    func record() throws {
        let queue = SpanQueue(capacity: 1)
        let span = SpanTracer(SpanSampler(ratio: 1), into: queue).startSpan("a", context: .topLevel)
        for number in 0..<200 { span.addEvent(SpanEvent(name: "\(number)")) }
        span.setStatus(SpanStatus(code: .ok))
        span.setStatus(SpanStatus(code: .error))
        span.operationName = "b"
        span.end()
        span.attributes["late"] = true
        let record = try #require(queue.take(1).first)
        #expect(record.name == "b" && record.events.count == 128 && record.status?.code == .ok)
        #expect(record.end >= record.start && record.attributes.isEmpty)
    }

    @Test("are written as OTLP wants them in JSON")
    func json() throws {
        let queue = SpanQueue(capacity: 2)
        let tracer = SpanTracer(SpanSampler(ratio: 1), into: queue)
        let fields = ["traceparent": Self.parent, "tracestate": "a=\"1\""]
        let span = tracer.startSpan("na\"me\n", context: Self.context(fields, tracer), ofKind: .client)
        span.updateAttributes {
            $0["text"] = "ü\\"
            $0["whole"] = Int64.max
            $0["part"] = 0.5
            $0["flag"] = false
            $0["list"] = ["a", "b"]
            $0["endless"] = Double.infinity
        }
        span.recordError(CancellationError())
        span.setStatus(SpanStatus(code: .error, message: "broken"))
        span.addLink(SpanLink(context: span.context, attributes: [:]))
        span.end()
        var body = ByteWriter()
        SpanWriter(resource: [("service.name", "sluice")]).write(queue.take(2), into: &body)
        let whole = try #require(try JSONSerialization.jsonObject(with: Data(body.bytes)) as? [String: Any])
        let resource = try #require((whole["resourceSpans"] as? [[String: Any]])?.first)
        let scope = try #require((resource["scopeSpans"] as? [[String: Any]])?.first)
        let written = try #require((scope["spans"] as? [[String: Any]])?.first)
        #expect(written["traceId"] as? String == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(written["parentSpanId"] as? String == "00f067aa0ba902b7")
        #expect((written["spanId"] as? String)?.count == 16)
        #expect(written["traceState"] as? String == "a=\"1\"")
        #expect(written["name"] as? String == "na\"me\n" && written["kind"] as? Int == 3)
        let start = try #require((written["startTimeUnixNano"] as? String).flatMap(UInt64.init))
        let end = try #require((written["endTimeUnixNano"] as? String).flatMap(UInt64.init))
        #expect(start <= end && start > 1_700_000_000_000_000_000)
        var values: [String: String] = [:]
        for attribute in try #require(written["attributes"] as? [[String: Any]]) {
            let value = try #require((attribute["value"] as? [String: Any])?.first)
            values[try #require(attribute["key"] as? String)] = "\(value.key) \(value.value)"
        }
        #expect(values["text"] == "stringValue ü\\" && values["whole"] == "intValue 9223372036854775807")
        #expect(values["part"] == "doubleValue 0.5" && values["endless"] == "stringValue inf")
        #expect(values["flag"]?.hasPrefix("boolValue") == true && values["list"]?.hasPrefix("arrayValue") == true)
        let event = try #require((written["events"] as? [[String: Any]])?.first)
        #expect(event["name"] as? String == "exception")
        #expect((written["status"] as? [String: Any])?["code"] as? Int == 2)
        #expect((written["links"] as? [[String: Any]])?.count == 1)
    }

    @Test("are asked for at an address that can be one")
    func addresses() throws {
        for bad in ["", "http://", "collector/v1/traces", "http://a:b", "http://127.0.0.1:4318/v1/traces"] {
            #expect(throws: ServerError.self, "\(bad)") {
                try SpanExporter(to: bad, ratio: 1, instance: "test", logger: Logger(label: "test"))
            }
        }
    }
}
