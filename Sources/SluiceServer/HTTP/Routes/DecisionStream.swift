import HTTPTypes
import Hummingbird
import NIOCore
import Sluice
import SluiceHTTP
import SluiceRedis

/// Decisions as lines of JSON, in and out (NDJSON): each line is answered in order, while the next are read.
///
/// The answers to what was read at once are written at once, and no more is read until they are out, so that
/// neither side's backlog grows. A line that is wrong is answered with problem details in its place.
struct DecisionStream: Sendable {
    let engine: DecisionEngine
    let directory: PolicyDirectory
    let limits: HTTPLimits
    /// Where decisions are asked for that Redis makes.
    let group: any EventLoopGroup

    func response(to request: Request) -> Response {
        let body = request.body
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson"],
            body: ResponseBody { writer in
                var lines = DecisionLines(DecisionResponder(engine, directory), limits: limits, on: group.any())
                for try await bytes in body {
                    let answers = engine.shared == nil ? lines.answer(bytes) : try await lines.decide(bytes)
                    if answers.readableBytes > 0 { try await writer.write(answers) }
                    guard !lines.hasEnded else { break }
                }
                let rest = engine.shared == nil ? lines.finish() : try await lines.decideRest()
                if rest.readableBytes > 0 { try await writer.write(rest) }
                try await writer.finish(nil)
            })
    }
}

/// Cuts what is read into lines and answers each.
struct DecisionLines: ~Copyable {
    private let responder: DecisionResponder
    private let eventLoop: any EventLoop
    private let limits: HTTPLimits
    /// The beginning of a line of which the rest is to come.
    private var partial = ByteBuffer()
    private var body = ByteWriter()
    private var answers = ByteWriter(capacity: 4_096)
    /// Lines that Redis is asked about, in order; all of one read before any of them is awaited.
    private var asked: [EventLoopFuture<SharedDecision>] = []
    /// Whether the stream cannot go on, because a line was too long to find its end.
    private(set) var hasEnded = false

    init(_ responder: DecisionResponder, limits: HTTPLimits, on eventLoop: any EventLoop) {
        self.responder = responder
        self.eventLoop = eventLoop
        self.limits = limits
    }

    /// The answers to the lines that end in `bytes`.
    mutating func answer(_ bytes: ByteBuffer) -> ByteBuffer {
        answers.clear()
        take(bytes)
        return ByteBuffer(bytes: answers.bytes)
    }

    /// The answer to a last line without an end.
    mutating func finish() -> ByteBuffer {
        answers.clear()
        takeRest()
        return ByteBuffer(bytes: answers.bytes)
    }

    /// As `answer`, on Redis.
    mutating func decide(_ bytes: ByteBuffer) async throws -> ByteBuffer {
        take(bytes)
        return try await awaitAnswers()
    }

    /// As `finish`, on Redis.
    mutating func decideRest() async throws -> ByteBuffer {
        takeRest()
        return try await awaitAnswers()
    }

    private mutating func awaitAnswers() async throws -> ByteBuffer {
        let decisions = asked
        asked = []
        answers.clear()
        for decision in decisions {
            body.clear()
            write(try await decision.get().reply(into: &body))
        }
        return ByteBuffer(bytes: answers.bytes)
    }

    private mutating func take(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while !hasEnded, let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                answerLine(endingWith: UnsafeRawBufferPointer(rebasing: rest[..<end]))
                rest = rest[(end + 1)...]
            }
            keep(UnsafeRawBufferPointer(rebasing: rest))
        }
    }

    private mutating func takeRest() {
        if !hasEnded { answerLine(endingWith: UnsafeRawBufferPointer(start: nil, count: 0)) }
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
        if let shared = responder.shared { return ask(line, of: shared) }
        body.clear()
        write(responder.answer(line, at: .check, into: &body))
    }

    private mutating func ask(_ line: UnsafeRawBufferPointer, of shared: SharedLimiter) {
        let promise = eventLoop.makePromise(of: SharedDecision.self)
        asked.append(promise.futureResult)
        let known = responder.ask(line, at: .check, of: shared, on: eventLoop) { promise.succeed($0) }
        if let known { promise.succeed(known) }
    }

    private mutating func write(_ reply: DecisionReply) {
        switch reply {
        case .decided: answers.write(body.bytes)
        case .failed(let problem): problem.write(into: &answers)
        }
        answers.write(UInt8(ascii: "\n"))
    }

    private mutating func refuse() {
        hasEnded = true
        partial = ByteBuffer()
        let problem = Problem.tooLarge("A line is longer than \(limits.maximumBodyBytes) bytes; the stream ends here.")
        guard responder.shared == nil else {
            return asked.append(eventLoop.makeSucceededFuture(.failed(problem)))
        }
        write(.failed(problem))
    }
}
