import RESP
import Sluice
import SluiceRedis

/// Answers the requests of one event loop's connections, one read at a time.
///
/// Everything it needs is made once and used again: a request costs no allocation. It does no I/O; it leaves the
/// replies in ``replies``, in the order of the requests.
struct CommandProcessor: ~Copyable {
    let limiter: Limiter
    /// Who decides on Redis; `nil` if the limiter does in memory.
    let shared: SharedLimiter?
    let storeName: String
    let configuration: RESPConfiguration
    let transport: RESPShared
    /// Who the users are; `nil` if everybody may ask.
    let access: AccessControl?
    let table = CommandTable()
    var replies = ReplyWriter()
    var throttles: ThrottleBatch
    var policies = PolicyCache()
    var ruleNames = RuleNameCache()
    /// Room for the entries of one descriptor.
    let entries: UnsafeMutableBufferPointer<RawEntry>
    /// Counts of the running read.
    var requests = 0
    var errors = 0

    private let throttleName = CommandName("cl.throttle")

    init(
        _ engine: DecisionEngine, configuration: RESPConfiguration, transport: RESPShared, access: AccessControl? = nil
    ) {
        limiter = engine.limiter
        shared = engine.shared
        storeName = engine.storeName
        self.configuration = configuration
        self.transport = transport
        self.access = access
        throttles = ThrottleBatch(limiter)
        entries = .allocate(capacity: Descriptor.maximumEntries)
    }

    deinit { entries.deallocate() }

    /// Answers the whole requests among `bytes`, all of them at the same moment, or has Redis asked for them.
    ///
    /// It stops early when the connection is to end, when there are as many replies as may be made at once, and when
    /// as many decisions are awaited as may be.
    /// - Returns: How many bytes were requests.
    mutating func answer(
        _ bytes: UnsafeRawBufferPointer, _ parser: inout RequestParser, _ session: inout Session, at now: Timestamp
    ) -> Int {
        replies.version = session.version
        requests = 0
        errors = 0
        throttles.begin()
        renewAccess(&session)
        if session.flow == .full { session.flow = .open }
        var consumed = 0
        while consumed < bytes.count, session.flow == .open, replies.count < configuration.replyBytes {
            // Within bounds: a request is never longer than the input it was found in.
            switch parser.next(UnsafeRawBufferPointer(rebasing: bytes[consumed...])) {
            case .request(let request):
                consumed &+= request.frameBytes
                if request.count > 0 { answer(request, &session, at: now) }
                continue
            case .violation(let violation):
                answerThrottles(at: now)
                fail("ERR Protocol error: \(violation)")
                session.flow = .closing
                consumed = bytes.count
            case .incomplete:
                guard isTooMuch(bytes.count - consumed, session) else { break }
                answerThrottles(at: now)
                fail("ERR Protocol error: unauthenticated bulk length")
                session.flow = .closing
                consumed = bytes.count
            }
            break
        }
        answerThrottles(at: now)
        return consumed
    }

    @inline(__always)
    private mutating func answer(_ request: Request, _ session: inout Session, at now: Timestamp) {
        requests &+= 1
        let name = request[0]
        if CommandName(name) == throttleName, access == nil || session.may(.check) {
            return throttle(request, &session, at: now)
        }
        answerThrottles(at: now)
        answerOther(request, &session, at: now)
    }

    private mutating func answerOther(_ request: Request, _ session: inout Session, at now: Timestamp) {
        guard let description = table.description(of: request[0]) else { return failUnknown(request) }
        guard description.accepts(request.sent) else { return failCount("\(description.name)") }
        if refuses(description, request, session) { return }
        switch description.command {
        case .clThrottle: throttle(request, &session, at: now)
        case .sluiceCheck: decide(request, .decide, &session, at: now)
        case .sluicePeek: decide(request, .peek, &session, at: now)
        case .sluiceRefund: decide(request, .refund, &session, at: now)
        case .sluiceReset: decide(request, .reset, &session, at: now)
        case .sluiceAcquire: acquire(request, &session, at: now)
        case .sluiceRenew: renew(request, &session, at: now)
        case .sluiceRelease: release(request, &session, at: now)
        case .ping: ping(request)
        case .echo: replies.bulk(request[1])
        case .hello: hello(request, &session)
        case .auth: auth(request, &session)
        case .acl: acl(request, session)
        case .client: client(request, &session, at: now)
        case .command: command(request)
        case .config: config(request)
        case .info: info(request)
        case .select: select(request)
        case .reset: reset(&session)
        case .quit: quit(&session)
        case .time: time(at: now)
        case .dbsize: replies.integer(Int64(limiter.store.count))
        }
    }

    /// Answers with an error and counts it.
    mutating func fail(_ message: String) {
        errors += 1
        replies.error(message)
    }

    mutating func failCount(_ name: String) { fail("ERR wrong number of arguments for '\(name)' command") }

    /// Redis's own words, which some clients look for: at most 128 bytes of the name and of the arguments.
    private mutating func failUnknown(_ request: Request) {
        var arguments: [UInt8] = []
        for index in 1..<max(1, request.count) where arguments.count < 128 {
            let shown = request[index].prefix(128 - arguments.count)
            arguments += "'".utf8
            arguments += shown
            arguments += "' ".utf8
        }
        let name = String(decoding: request[0].prefix(128), as: UTF8.self)
        fail("ERR unknown command '\(name)', with args beginning with: \(String(decoding: arguments, as: UTF8.self))")
    }

    /// A word of a request for a message: at most 128 bytes of it.
    static func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes.prefix(128), as: UTF8.self) }
}
