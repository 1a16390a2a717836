import NIOCore
import NIOHTTP1

/// Writes whole answers as bytes, for what is answered on the event loop.
///
/// `HTTPResponseEncoder` wants each field as two strings; an answer here is put together from bytes that are
/// mostly made already.
struct HTTPAnswerWriter {
    private var date = HTTPDate()

    /// Writes the answer to a decision request.
    mutating func write(
        status: Int, fields: RateLimitFields, body: ByteBuffer, closes: Bool, into output: inout ByteBuffer
    ) {
        if status == 200 {
            output.writeStaticString("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: ")
        } else {
            output.writeStaticString("HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nDate: ")
        }
        output.writeImmutableBuffer(date.now())
        write(fields, into: &output)
        finish(body, closes: closes, into: &output)
    }

    /// Writes a problem, with the fields of the decision it is about, if any.
    mutating func write(
        _ problem: Problem, fields: RateLimitFields? = nil, closes: Bool, into output: inout ByteBuffer
    ) {
        let status = HTTPResponseStatus(statusCode: problem.status)
        output.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        output.writeString("Content-Type: \(Problem.contentType)\r\nDate: ")
        output.writeImmutableBuffer(date.now())
        if let fields { write(fields, into: &output) }
        if let allow = problem.allow { output.writeString("\r\nAllow: \(allow)") }
        if let retryAfter = problem.retryAfter { output.writeString("\r\nRetry-After: \(retryAfter)") }
        var body = ByteBuffer()
        problem.write(into: &body)
        finish(body, closes: closes, into: &output)
    }

    private func write(_ fields: RateLimitFields, into output: inout ByteBuffer) {
        if fields.hasItems {
            output.writeStaticString("\r\nRateLimit-Policy: ")
            fields.writePolicy(into: &output)
            output.writeStaticString("\r\nRateLimit: ")
            fields.writeState(into: &output)
        }
        if let retryAfter = fields.retryAfter {
            output.writeStaticString("\r\nRetry-After: ")
            output.writeDecimal(retryAfter)
        }
    }

    private func finish(_ body: ByteBuffer, closes: Bool, into output: inout ByteBuffer) {
        output.writeStaticString(closes ? "\r\nConnection: close\r\nContent-Length: " : "\r\nContent-Length: ")
        output.writeDecimal(body.readableBytes)
        output.writeStaticString("\r\n\r\n")
        output.writeImmutableBuffer(body)
    }
}
