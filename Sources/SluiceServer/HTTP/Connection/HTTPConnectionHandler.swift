import Logging
import NIOCore
import NIOHTTP1
import Sluice
import SluiceHTTP
import Tracing

/// Serves a connection: answers decisions on the event loop, passes every other request on to the router, and
/// keeps clients to their limits and times.
///
/// It stands behind NIO's HTTP/1 decoder and before everything of Hummingbird's.
final class HTTPConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    var state: HTTPConnectionStateMachine
    private let admission: HTTPAdmission
    private let counters: HTTPCounters
    let responder: DecisionResponder
    let authorizer: Authorizer
    private let peer: Peer
    /// Who asks; `nil` if everybody may.
    var access: ConnectionAccess?
    let tracing: RequestTracing?
    /// Of the current request, if it is traced.
    var span: (any Span)?
    private var writer = HTTPAnswerWriter()
    private let answersDecisions: Bool

    /// Answers not yet written to the channel.
    private var output = ByteWriter()
    var answerBody = ByteWriter()
    /// The head of the current request.
    private var head: HTTPRequestHead?
    var body: ByteBuffer?
    /// Whether it was looked at how the body of the current request will come.
    private var hasLookedAhead = false
    /// What came before it was its turn; bounded by one read, because nothing is read while anything is held.
    private var held = CircularBuffer<HTTPServerRequestPart>()
    private var isAdmitted = false
    /// When the current request began.
    private var begunAt = NIODeadline.now()
    private var wantsRead = false
    private var encoder: ChannelHandlerContext?
    private var timer: Scheduled<Void>?

    init(
        limits: HTTPLimits, admission: HTTPAdmission, counters: HTTPCounters, responder: DecisionResponder,
        authorizer: Authorizer, peer: Peer,
        access: ConnectionAccess? = nil, tracing: RequestTracing? = nil
    ) {
        state = HTTPConnectionStateMachine(limits: limits, now: .now())
        answersDecisions = limits.answersDecisionsOnEventLoop
        self.admission = admission
        self.counters = counters
        self.responder = responder
        self.authorizer = authorizer
        self.peer = peer
        self.access = access
        self.tracing = tracing
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // Only a missing handler throws; then answers would take the way of all others.
        encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        scheduleTick(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        encoder = nil
        span?.end()
        leave()
    }
}

// MARK: - Reading

extension HTTPConnectionHandler {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if !held.isEmpty || state.holdsNext {
            held.append(part)
        } else {
            receive(part, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if state.awaitsMore, !hasLookedAhead, let head { lookAhead(head, context) }
        writeOutput(context, flush: true)
        context.fireChannelReadComplete()
    }

    /// Once a read is over and the request is not: refuses at once what will be too long, and lets a client go on
    /// that waits to be told.
    private func lookAhead(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        hasLookedAhead = true
        if let problem = state.expectsBody(of: head.contentLength, now: .now()) {
            refuse(problem, context)
        } else if state.awaitsBody, head.headers.contains(name: "Expect") {
            output.write("HTTP/1.1 100 Continue\r\n\r\n")
        }
    }

    /// Nothing is read while requests are held or answers are not taken.
    func read(context: ChannelHandlerContext) {
        if held.isEmpty, context.channel.isWritable {
            context.read()
        } else {
            wantsRead = true
        }
    }

    private func resumeReading(_ context: ChannelHandlerContext) {
        guard wantsRead, held.isEmpty, context.channel.isWritable else { return }
        wantsRead = false
        context.read()
    }

    private func receive(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head): receive(head, context)
        case .body(let bytes): receive(bytes, context)
        case .end: receiveEnd(part, context)
        }
    }

    private func receive(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        isAdmitted = admission.enterRequest()
        let kind = kind(of: head)
        // Small requests come in one read, and only their bytes are counted. See `lookAhead`.
        let length = kind == .routed ? head.contentLength : 0
        begunAt = .now()
        if let tracing, case .local(let endpoint) = kind { beginSpan(head, endpoint, tracing) }
        let action = state.receivedHead(
            kind, contentLength: length, keepsAlive: head.isKeepAlive, isAdmitted: isAdmitted,
            refusal: refusal(of: head), now: begunAt)
        self.head = head
        hasLookedAhead = false
        switch action {
        case .collect: break
        case .forward:
            writeOutput(context, flush: false)
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case .refuse(let problem): refuse(problem, context)
        case .discard: leave()
        }
    }

    private func kind(of head: HTTPRequestHead) -> HTTPConnectionStateMachine.Kind {
        guard head.method == .POST else {
            let isLocal = answersDecisions && responder.shared == nil && Self.isAuthorize(head)
            return isLocal ? .local(.authorize) : .routed
        }
        if answersDecisions {
            if head.uri == "/v1/check" { return .local(.decision(.check)) }
            if head.uri == "/v1/peek" { return .local(.decision(.peek)) }
        }
        return head.uri == "/v1/check/stream" ? .stream : .routed
    }

    private func receive(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        switch state.receivedBody(bytes.readableBytes, now: .now()) {
        case .collect:
            if body == nil { body = bytes } else { body?.writeImmutableBuffer(bytes) }
        case .forward: context.fireChannelRead(wrapInboundOut(.body(bytes)))
        case .refuse(let problem): refuse(problem, context)
        case .discard: break
        }
    }

    private func receiveEnd(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch state.receivedEnd(answersLater: responder.shared != nil, now: .now()) {
        case .answer(let endpoint, let thenCloses):
            answer(endpoint, thenCloses: thenCloses)
            leave()
            if thenCloses { finish(context) }
        case .ask(let endpoint): ask(endpoint, context)
        case .forward:
            context.fireChannelRead(wrapInboundOut(part))
            if !state.isServing { leave() }
        case .forwardThenClose:
            context.fireChannelRead(wrapInboundOut(part))
            finish(context)
        case .discard: break
        }
    }

    func leave() {
        guard isAdmitted else { return }
        isAdmitted = false
        admission.leaveRequest()
    }
}

// MARK: - Answering

extension HTTPConnectionHandler {
    private func answer(_ endpoint: HTTPConnectionStateMachine.Local, thenCloses: Bool) {
        let request = body ?? ByteBuffer()
        body = nil
        switch endpoint {
        case .decision(let endpoint): answer(request, at: endpoint, thenCloses: thenCloses)
        case .authorize: answerProxy(thenCloses: thenCloses)
        }
    }

    private func answerProxy(thenCloses: Bool) {
        guard let head else { return }
        let isHead = head.method == .HEAD
        switch authorize(head, from: peer) {
        case .passes(let fields):
            writer.writePass(fields: fields, closes: thenCloses, into: &output)
            count(200)
        case .denied(let problem, let fields):
            writer.write(problem, fields: fields, closes: thenCloses, hasBody: !isHead, into: &output)
            count(problem.status)
        case .failed(let problem):
            writer.write(problem, closes: thenCloses, hasBody: !isHead, into: &output)
            count(problem.status)
        }
    }

    private func answer(_ request: ByteBuffer, at endpoint: DecisionEndpoint, thenCloses: Bool) {
        answerBody.clear()
        let reply = request.withUnsafeReadableBytes { responder.answer($0, at: endpoint, into: &answerBody) }
        write(reply, thenCloses: thenCloses)
    }

    func write(_ reply: DecisionReply, thenCloses: Bool) {
        switch reply {
        case .decided(let decision, let fields, let status):
            note(decision)
            if !decision.isAllowed, head?.headers.prefersProblem == true {
                writer.write(Problem(denied: decision), fields: fields, closes: thenCloses, into: &output)
            } else {
                writer.write(status: status, fields: fields, body: answerBody.bytes, closes: thenCloses, into: &output)
            }
            count(status)
        case .failed(let problem):
            writer.write(problem, closes: thenCloses, into: &output)
            count(problem.status)
        }
    }

    /// Counts an answer, and how long its request took until then.
    private func count(_ status: Int) {
        let duration = (.now() - begunAt).nanoseconds
        counters.note(status, nanoseconds: duration)
        if let span { endSpan(span, status, nanoseconds: duration) }
    }

    /// Answers before the request has ended, which ends the connection.
    private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
        body = nil
        leave()
        writer.write(problem, closes: true, into: &output)
        count(problem.status)
        writeOutput(context, flush: true)
        context.close(mode: .output, promise: nil)
    }

    func writeOutput(_ context: ChannelHandlerContext, flush: Bool) {
        guard output.count > 0 else { return }
        let bytes = NIOAny(IOData.byteBuffer(context.channel.allocator.buffer(bytes: output.bytes)))
        // The encoder's own context, so that what is encoded already passes it by.
        let context = encoder ?? context
        if flush { context.writeAndFlush(bytes, promise: nil) } else { context.write(bytes, promise: nil) }
        output.clear()
    }

    func finish(_ context: ChannelHandlerContext) {
        writeOutput(context, flush: true)
        leave()
        context.close(promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard state.takesAnswers else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        let part = unwrapOutboundIn(data)
        if case .head(let head) = part, head.status.code >= 200 { count(Int(head.status.code)) }
        guard case .end = part else {
            context.write(data, promise: promise)
            return
        }
        switch state.answered(now: .now()) {
        case .stayOpen:
            context.write(data, promise: promise)
            if !state.isServing { nextRequest(context) }
        case .close:
            context.writeAndFlush(data, promise: promise)
            finish(context)
        }
    }

    /// Serves what was held, as far as it may now be served.
    func nextRequest(_ context: ChannelHandlerContext) {
        leave()
        guard !held.isEmpty else { return }
        while !state.holdsNext, let part = held.popFirst() { receive(part, context) }
        writeOutput(context, flush: true)
        context.fireChannelReadComplete()
        resumeReading(context)
    }
}

// MARK: - Ending

extension HTTPConnectionHandler {
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            held.removeAll()
            switch state.quiesce() {
            case .close: finish(context)
            case .finish: break
            case .endStream:
                context.fireChannelRead(wrapInboundOut(.end(nil)))
                context.fireChannelReadComplete()
            }
        case ChannelEvent.inputClosed:
            if held.isEmpty, state.inputClosed() == .close { finish(context) }
            context.fireUserInboundEventTriggered(event)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if ServerTLS.isHarmless(error) { return }
        // TLS closes by itself.
        if ServerTLS.isFatal(error) { return state.closed() }
        switch state.receivedNonsense(Problem(reading: error), now: .now()) {
        case .refuse(let problem): refuse(problem, context)
        case .close: finish(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        state.closed()
        held.removeAll()
        leave()
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        state.writabilityChanged(context.channel.isWritable, now: .now())
        resumeReading(context)
        context.fireChannelWritabilityChanged()
    }

    private func scheduleTick(_ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: state.tick) {
            switch self.state.timePassed(now: .now()) {
            case .wait: self.scheduleTick(context)
            case .close: self.finish(context)
            case .refuse(let problem):
                self.refuse(problem, context)
                self.scheduleTick(context)
            }
        }
    }
}

extension HTTPRequestHead {
    /// The announced length of the body; 0 when it is not announced.
    fileprivate var contentLength: Int { headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0 }
}

extension HTTPHeaders {
    /// Whether a denial is wanted as problem details: only when they are asked for by name.
    fileprivate var prefersProblem: Bool {
        self["Accept"].contains { $0.contains(Problem.contentType) }
    }
}

extension Problem {
    /// The problem of a client that does not speak HTTP.
    fileprivate init(reading error: any Error) {
        if case .headerOverflow? = error as? HTTPParserError {
            self.init(431, "Request Header Fields Too Large", "The header fields are too long; send fewer.")
        } else {
            self = .badRequest("What came is not an HTTP/1.1 request.")
        }
    }
}
