import NIOCore
import RESP
import Sluice

/// The place of a decision among a connection's replies, until it is made.
///
/// Sendable: used only on the event loop of its connection, to which ``resolve(_:)`` brings what comes from elsewhere.
final class PendingReply: @unchecked Sendable {
    /// What is to be told.
    enum Content: Sendable {
        case decision(Decision)
        case throttle(ThrottleReply)
        case lease(Lease?)
        case isHeld(Bool)
        case fault(SluiceError)
    }

    /// The version that the client spoke when it asked.
    let version: RESPVersion
    let begunAt = NIODeadline.now()
    private(set) var content: Content?
    private let replies: PendingReplies

    init(_ replies: PendingReplies, version: RESPVersion) {
        self.replies = replies
        self.version = version
    }

    /// Notes what is to be told. May be called before the request that asked is done with.
    func resolve(_ content: Content) {
        guard replies.eventLoop.inEventLoop else {
            return replies.eventLoop.execute { self.resolve(content) }
        }
        self.content = content
        replies.scheduleNotice()
    }

    /// Notes a result, of which a part is to be told.
    func resolve<Value>(_ result: Result<Value, SluiceError>, _ content: (Value) -> Content) {
        switch result {
        case .success(let value): resolve(content(value))
        case .failure(let error): resolve(.fault(error))
        }
    }
}
