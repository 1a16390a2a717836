import NIOCore
import RESP

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

// The system's functions by names that the methods of a connection do not hide.
#if canImport(Darwin)
// NIO has told the socket not to raise SIGPIPE (`SO_NOSIGPIPE`).
private func systemSend(_ socket: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    send(socket, bytes, count, 0)
}
private let doNotWait = MSG_DONTWAIT
#else
private func systemSend(_ socket: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    send(socket, bytes, count, Int32(MSG_NOSIGNAL))
}
private let doNotWait = Int32(MSG_DONTWAIT)
#endif

/// Sending replies.
///
/// They are handed to the system where they lie, in the loop's writer. NIO's way there, a buffer of its own for
/// each write, a queue and a flush, costs as much as several decisions; it is taken for what the system does not
/// take at once. NIO gives the socket out for such use (`withUnsafeTransportIfAvailable`); its one demand, that
/// what NIO relies on holds, is met: while NIO has something to write, everything goes its way, so bytes stay in
/// order, and only NIO opens and closes the socket, whose number is forgotten when the channel becomes inactive.
extension RESPConnection {
    /// Sends what the processor has written, and what has been decided elsewhere, in the order of the requests.
    func send(_ context: ChannelHandlerContext) {
        guard let pending = session.pending else { return sendReplies(context) }
        loop.processor.queueReplies(behind: pending)
        repeat {
            if unwritten == 0 { writeKnown(of: pending) }
            sendReplies(context)
        } while unwritten == 0 && pending.isFrontKnown
    }

    private func writeKnown(of pending: PendingReplies) {
        loop.processor.writeKnown(of: pending)
        loop.counters.add(requests: 0, errors: loop.processor.errors)
    }

    private func sendReplies(_ context: ChannelHandlerContext) {
        let count = loop.processor.replies.count
        guard count > 0 else { return }
        let sent = unwritten == 0 ? sendAtOnce(loop.processor.replies.bytes) : 0
        var rest: ByteBuffer?
        if sent < count {
            rest = context.channel.allocator.buffer(capacity: count - sent)
            rest?.writeBytes(UnsafeRawBufferPointer(rebasing: loop.processor.replies.bytes[sent...]))
        }
        // Before the rest is left to NIO: if it gets rid of it at once, what waits is answered from within.
        loop.processor.replies.removeAll()
        if let rest { leave(rest, to: context) }
    }

    private func leave(_ rest: ByteBuffer, to context: ChannelHandlerContext) {
        let count = rest.readableBytes
        unwritten += count
        noteUnwritten()
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { [self] in
            unwritten -= count
            if unwritten == 0, let context = self.context { resume(context) }
        }
        context.writeAndFlush(wrapOutboundOut(rest), promise: written)
    }

    /// - Returns: How many bytes the system took; 0 also for an error, which NIO finds again and reports.
    private func sendAtOnce(_ bytes: UnsafeRawBufferPointer) -> Int {
        // NIO tells of a socket that it has closed in a later turn, and its number may be a neighbour's by then.
        guard let socket, context?.channel.isActive ?? false else { return 0 }
        return max(0, systemSend(socket, bytes.baseAddress, bytes.count))
    }

    /// Reads what has arrived and NIO has not seen, until `body` says to stop.
    func readRemaining(_ body: (UnsafeRawBufferPointer) -> Bool) {
        guard let socket, context?.channel.isActive ?? false else { return }
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { buffer in
            while true {
                let count = recv(socket, buffer.baseAddress, buffer.count, doNotWait)
                guard count > 0, body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else { return }
            }
        }
    }
}
