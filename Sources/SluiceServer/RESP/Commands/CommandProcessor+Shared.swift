import RESP
import Sluice
import SluiceRedis

/// Decisions that are made on Redis: each takes its place among the replies when it is asked for, and all that one read
/// holds are asked for before any is awaited.
extension CommandProcessor {
    mutating func decide(
        _ entries: UnsafeBufferPointer<RawEntry>, _ operation: RawOperation, cost: Int64, of policy: SharedPolicy,
        _ session: inout Session
    ) throws(SluiceError) {
        guard let pending = session.pending else { return }
        let reply = PendingReply(pending, version: replies.version)
        let known = try policy.decide(entries, operation, cost: cost, on: pending.eventLoop) { result in
            reply.resolve(result) { .decision($0.decision) }
        }
        if let known { answer(known.decision) } else { hold(reply, &session) }
    }

    mutating func acquire(
        _ entries: UnsafeBufferPointer<RawEntry>, of policy: SharedPolicy, _ session: inout Session
    ) throws(SluiceError) {
        guard let pending = session.pending else { return }
        let reply = PendingReply(pending, version: replies.version)
        let known = try policy.acquire(entries, on: pending.eventLoop) { result in
            reply.resolve(result) { .lease($0.lease) }
        }
        if let known { answer(known.lease) } else { hold(reply, &session) }
    }

    mutating func renew(_ lease: Lease, on shared: SharedLimiter, _ session: inout Session) {
        guard let pending = session.pending else { return }
        let reply = PendingReply(pending, version: replies.version)
        shared.renew(lease, on: pending.eventLoop) { reply.resolve($0) { .isHeld($0) } }
        hold(reply, &session)
    }

    mutating func release(_ lease: Lease, on shared: SharedLimiter, _ session: inout Session) {
        guard let pending = session.pending else { return }
        let reply = PendingReply(pending, version: replies.version)
        shared.release(lease, on: pending.eventLoop) { reply.resolve($0) { .isHeld($0) } }
        hold(reply, &session)
    }

    mutating func throttle(
        key: UnsafeRawBufferPointer, maxBurst: Int64, count: Int64, periodSeconds: Int64, quantity: Int64,
        on shared: SharedLimiter, _ session: inout Session
    ) {
        guard let pending = session.pending else { return }
        let reply = PendingReply(pending, version: replies.version)
        shared.throttle(
            key: key, maxBurst: maxBurst, count: count, periodSeconds: periodSeconds, quantity: quantity,
            on: pending.eventLoop
        ) { reply.resolve(.throttle($0)) }
        hold(reply, &session)
    }

    /// Puts a decision behind the replies that are made, and stops the read if as many are awaited as may be.
    private mutating func hold(_ reply: PendingReply, _ session: inout Session) {
        guard let pending = session.pending else { return }
        pending.append(replies.bytes)
        replies.removeAll()
        pending.append(reply)
        if pending.isFull { session.flow = .full }
    }

    /// Puts the replies of a read behind what is awaited.
    mutating func queueReplies(behind pending: PendingReplies) {
        guard !pending.isEmpty else { return }
        pending.append(replies.bytes)
        replies.removeAll()
    }

    /// Writes what can be told, from the front to the first decision that is awaited still.
    mutating func writeKnown(of pending: PendingReplies) {
        errors = 0
        while replies.count < configuration.replyBytes, let entry = pending.popKnown() {
            switch entry {
            case .bytes(let bytes): bytes.withUnsafeBytes { replies.written($0) }
            case .awaited(let reply):
                replies.version = reply.version
                if let content = reply.content { write(content) }
            }
        }
    }

    private mutating func write(_ content: PendingReply.Content) {
        switch content {
        case .decision(let decision): answer(decision)
        case .throttle(let reply): answer(reply)
        case .lease(let lease): answer(lease)
        case .isHeld(let isHeld): replies.integer(isHeld ? 1 : 0)
        case .fault(let error): fail("ERR " + error.told)
        }
    }
}
