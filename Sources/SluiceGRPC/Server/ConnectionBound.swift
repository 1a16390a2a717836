import NIOCore
import Synchronization

/// Counts connections, and closes at once those that exceed a limit.
final class ConnectionBound: Sendable {
    private let maximum: Int
    private let count = Atomic<Int>(0)

    init(_ maximum: Int) { self.maximum = maximum }

    func admit(_ channel: any Channel) -> EventLoopFuture<Void> {
        let isOver = count.add(1, ordering: .relaxed).newValue > maximum
        channel.closeFuture.whenComplete { _ in self.count.subtract(1, ordering: .relaxed) }
        // Failing the future closes the connection.
        return isOver
            ? channel.eventLoop.makeFailedFuture(ChannelError.inputClosed) : channel.eventLoop.makeSucceededVoidFuture()
    }
}
