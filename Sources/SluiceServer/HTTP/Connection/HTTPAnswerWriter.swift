import NIOCore
import NIOHTTP1
import SluiceHTTP

/// Writes whole answers as bytes, for what is answered on the event loop.
///
/// `HTTPResponseEncoder` wants each field as two strings; an answer here is put together from bytes that are
/// mostly made already.
struct HTTPAnswerWriter {
    private var date = HTTPDate()

    /// Writes the answer to a decision request.
    mutating func write(
        status: Int, fields: RateLimitFields, body: UnsafeRawBufferPointer, closes: Bool, into output: inout ByteWriter
    ) {
        if status == 200 {
            output.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: ")
        } else {
            output.write("HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nDate: ")
        }
        output.write(date.now())
        write(fields, into: &output)
        finish(body, closes: closes, into: &output)
    }

    /// Writes the answer to a proxy whose request may pass.
    mutating func writePass(fields: RateLimitFields, closes: Bool, into output: inout ByteWriter) {
        output.write("HTTP/1.1 200 OK\r\nDate: ")
        output.write(date.now())
        write(fields, into: &output)
        finish(UnsafeRawBufferPointer(start: nil, count: 0), closes: closes, into: &output)
    }

    /// Writes a problem, with the fields of the decision it is about, if any.
    mutating func write(
        _ problem: Problem, fields: RateLimitFields? = nil, closes: Bool, hasBody: Bool = true,
        into output: inout ByteWriter
    ) {
        let status = HTTPResponseStatus(statusCode: problem.status)
        output.write(string: "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        output.write(string: "Content-Type: \(Problem.contentType)\r\nDate: ")
        output.write(date.now())
        if let fields { write(fields, into: &output) }
        if let allow = problem.allow { output.write(string: "\r\nAllow: \(allow)") }
        if problem.isChallenge {
            for scheme in Problem.schemes { output.write(string: "\r\nWWW-Authenticate: \(scheme)") }
        }
        if let retryAfter = problem.retryAfter { output.write(string: "\r\nRetry-After: \(retryAfter)") }
        var body = ByteWriter()
        problem.write(into: &body)
        finish(body.bytes, closes: closes, hasBody: hasBody, into: &output)
    }

    private func write(_ fields: RateLimitFields, into output: inout ByteWriter) {
        if fields.hasItems {
            output.write("\r\nRateLimit-Policy: ")
            fields.writePolicy(into: &output)
            output.write("\r\nRateLimit: ")
            fields.writeState(into: &output)
        }
        if let retryAfter = fields.retryAfter {
            output.write("\r\nRetry-After: ")
            output.writeDecimal(retryAfter)
        }
    }

    /// - Parameter hasBody: `false` for an answer to `HEAD`, which tells only how long the body would be.
    private func finish(
        _ body: UnsafeRawBufferPointer, closes: Bool, hasBody: Bool = true, into output: inout ByteWriter
    ) {
        output.write(closes ? "\r\nConnection: close\r\nContent-Length: " : "\r\nContent-Length: ")
        output.writeDecimal(Int64(body.count))
        output.write("\r\n\r\n")
        if hasBody { output.write(body) }
    }
}
