import HTTPTypes
import Hummingbird
import NIOCore
import Sluice

/// Decisions as lines of JSON, in and out (NDJSON): each line is answered in order, while the next are read.
///
/// The answers to what was read at once are written at once, and no more is read until they are out, so that
/// neither side's backlog grows. A line that is wrong is answered with problem details in its place.
struct DecisionStream: Sendable {
    let limiter: Limiter
    let directory: PolicyDirectory
    let limits: HTTPLimits

    func response(to request: Request) -> Response {
        let body = request.body
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson"],
            body: ResponseBody { writer in
                var lines = DecisionLines(DecisionResponder(limiter, directory), limits: limits)
                for try await bytes in body {
                    let answers = lines.answer(bytes)
                    if answers.readableBytes > 0 { try await writer.write(answers) }
                    guard !lines.hasEnded else { break }
                }
                let rest = lines.finish()
                if rest.readableBytes > 0 { try await writer.write(rest) }
                try await writer.finish(nil)
            })
    }
}

/// Cuts what is read into lines and answers each.
struct DecisionLines: ~Copyable {
    private let responder: DecisionResponder
    private let limits: HTTPLimits
    /// The beginning of a line of which the rest is to come.
    private var partial = ByteBuffer()
    private var body = ByteWriter()
    private var answers = ByteWriter(capacity: 4_096)
    /// Whether the stream cannot go on, because a line was too long to find its end.
    private(set) var hasEnded = false

    init(_ responder: DecisionResponder, limits: HTTPLimits) {
        self.responder = responder
        self.limits = limits
    }

    /// The answers to the lines that end in `bytes`.
    mutating func answer(_ bytes: ByteBuffer) -> ByteBuffer {
        answers.clear()
        bytes.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while !hasEnded, let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                answerLine(endingWith: UnsafeRawBufferPointer(rebasing: rest[..<end]))
                rest = rest[(end + 1)...]
            }
            keep(UnsafeRawBufferPointer(rebasing: rest))
        }
        return ByteBuffer(bytes: answers.bytes)
    }

    /// The answer to a last line without an end.
    mutating func finish() -> ByteBuffer {
        answers.clear()
        if !hasEnded { answerLine(endingWith: UnsafeRawBufferPointer(start: nil, count: 0)) }
        return ByteBuffer(bytes: answers.bytes)
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        guard !hasEnded else { return }
        guard partial.readableBytes + bytes.count <= limits.maximumBodyBytes else {
            refuse()
            return
        }
        partial.writeBytes(bytes)
    }

    private mutating func answerLine(endingWith bytes: UnsafeRawBufferPointer) {
        guard partial.readableBytes + bytes.count <= limits.maximumBodyBytes else {
            refuse()
            return
        }
        guard partial.readableBytes > 0 else {
            answerLine(bytes)
            return
        }
        partial.writeBytes(bytes)
        let line = partial
        line.withUnsafeReadableBytes { answerLine($0) }
        partial = ByteBuffer()
    }

    private mutating func answerLine(_ line: UnsafeRawBufferPointer) {
        guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
        body.clear()
        switch responder.answer(line, at: .check, into: &body) {
        case .decided: answers.write(body.bytes)
        case .failed(let problem): problem.write(into: &answers)
        }
        answers.write(UInt8(ascii: "\n"))
    }

    private mutating func refuse() {
        hasEnded = true
        partial = ByteBuffer()
        Problem.tooLarge("A line is longer than \(limits.maximumBodyBytes) bytes; the stream ends here.")
            .write(into: &answers)
        answers.write(UInt8(ascii: "\n"))
    }
}
