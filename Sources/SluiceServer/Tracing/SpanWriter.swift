import SluiceHTTP
import Tracing

/// Writes spans as a request of OTLP in JSON.
///
/// Source: OpenTelemetry Protocol 1.x, `ExportTraceServiceRequest`, in its JSON encoding: numbers of 64 bits are
/// strings, numbers of traces and spans are hexadecimal.
struct SpanWriter {
    /// What tells this program from others: `service.name` and more.
    let resource: [(key: String, value: String)]

    func write(_ spans: [RecordedSpan.Record], into out: inout ByteWriter) {
        out.write("{\"resourceSpans\":[{\"resource\":{\"attributes\":")
        out.writeJSONArray(resource) { out, attribute in
            write(attribute.key, .string(attribute.value), into: &out)
        }
        out.write("},\"scopeSpans\":[{\"scope\":{\"name\":\"sluice\",\"version\":")
        out.writeJSONString(BuildInformation.version)
        out.write("},\"spans\":")
        out.writeJSONArray(spans) { write($1, into: &$0) }
        out.write("}]}]}")
    }

    private func write(_ span: RecordedSpan.Record, into out: inout ByteWriter) {
        out.write("{\"traceId\":")
        out.writeJSONString(span.trace.traceText)
        out.writeJSONName("spanId")
        out.writeJSONString(TraceContext.digits(span.trace.span))
        if !span.trace.state.isEmpty {
            out.writeJSONName("traceState")
            out.writeJSONString(span.trace.state)
        }
        if let parent = span.parent {
            out.writeJSONName("parentSpanId")
            out.writeJSONString(TraceContext.digits(parent))
        }
        out.writeJSONName("name")
        out.writeJSONString(span.name)
        out.writeJSONName("kind")
        out.writeDecimal(span.kind.number)
        out.writeJSONName("startTimeUnixNano")
        out.writeJSONString(String(span.start))
        out.writeJSONName("endTimeUnixNano")
        out.writeJSONString(String(span.end))
        write(span.attributes, into: &out)
        if !span.events.isEmpty {
            out.writeJSONName("events")
            out.writeJSONArray(span.events) { write($1, into: &$0) }
        }
        if !span.links.isEmpty {
            out.writeJSONName("links")
            out.writeJSONArray(span.links.compactMap(\.context.trace)) { out, link in
                out.write("{\"traceId\":")
                out.writeJSONString(link.traceText)
                out.writeJSONName("spanId")
                out.writeJSONString(TraceContext.digits(link.span))
                out.write("}")
            }
        }
        if let status = span.status {
            out.write(status.code == .ok ? ",\"status\":{\"code\":1" : ",\"status\":{\"code\":2")
            if let message = status.message {
                out.writeJSONName("message")
                out.writeJSONString(message)
            }
            out.write("}")
        }
        out.write("}")
    }

    private func write(_ event: SpanEvent, into out: inout ByteWriter) {
        out.write("{\"timeUnixNano\":")
        out.writeJSONString(String(event.nanosecondsSinceEpoch))
        out.writeJSONName("name")
        out.writeJSONString(event.name)
        write(event.attributes, into: &out)
        out.write("}")
    }

    private func write(_ attributes: SpanAttributes, into out: inout ByteWriter) {
        guard !attributes.isEmpty else { return }
        var all: [(key: String, value: SpanAttribute)] = []
        attributes.forEach { all.append(($0, $1)) }
        out.writeJSONName("attributes")
        // In order, so that the same span is the same text.
        out.writeJSONArray(all.sorted { $0.key < $1.key }) { write($1.key, $1.value, into: &$0) }
    }

    private func write(_ key: String, _ value: SpanAttribute, into out: inout ByteWriter) {
        out.write("{\"key\":")
        out.writeJSONString(key)
        out.writeJSONName("value")
        write(value, into: &out)
        out.write("}")
    }

    private func write(_ value: SpanAttribute, into out: inout ByteWriter) {
        switch value {
        case .int32(let number): write(Int64(number), into: &out)
        case .int64(let number): write(number, into: &out)
        case .double(let number): write(number, into: &out)
        case .bool(let flag): out.write(flag ? "{\"boolValue\":true}" : "{\"boolValue\":false}")
        case .string(let text): write(text, into: &out)
        case .stringConvertible(let value): write("\(value)", into: &out)
        case .int32Array(let numbers): writeList(numbers.map { .int64(Int64($0)) }, into: &out)
        case .int64Array(let numbers): writeList(numbers.map { .int64($0) }, into: &out)
        case .doubleArray(let numbers): writeList(numbers.map { .double($0) }, into: &out)
        case .boolArray(let flags): writeList(flags.map { .bool($0) }, into: &out)
        case .stringArray(let texts): writeList(texts.map { .string($0) }, into: &out)
        case .stringConvertibleArray(let values): writeList(values.map { .string("\($0)") }, into: &out)
        default: out.write("{}")
        }
    }

    private func writeList(_ values: [SpanAttribute], into out: inout ByteWriter) {
        out.write("{\"arrayValue\":{\"values\":")
        out.writeJSONArray(values) { write($1, into: &$0) }
        out.write("}}")
    }

    private func write(_ number: Int64, into out: inout ByteWriter) {
        out.write("{\"intValue\":")
        out.writeJSONString(String(number))
        out.write("}")
    }

    private func write(_ number: Double, into out: inout ByteWriter) {
        guard number.isFinite else { return write("\(number)", into: &out) }
        out.write("{\"doubleValue\":")
        out.write(string: "\(number)")
        out.write("}")
    }

    private func write(_ text: String, into out: inout ByteWriter) {
        out.write("{\"stringValue\":")
        out.writeJSONString(text)
        out.write("}")
    }
}

extension SpanKind {
    /// As OTLP counts them.
    fileprivate var number: Int64 {
        switch self {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}
