import NIOCore
import Synchronization

/// Counts connections, closes at once those that exceed a limit, and those that ask nothing before long: who has not
/// finished a handshake by then never will.
final class ConnectionBound: Sendable {
    private let maximum: Int
    private let patience: TimeAmount
    private let count = Atomic<Int>(0)
    /// Those that have not asked anything yet.
    private let silent = Mutex<[ObjectIdentifier: Scheduled<Void>]>([:])

    init(_ maximum: Int, patience: Duration) {
        self.maximum = maximum
        self.patience = TimeAmount(patience)
    }

    func admit(_ channel: any Channel) -> EventLoopFuture<Void> {
        let isOver = count.add(1, ordering: .relaxed).newValue > maximum
        let number = ObjectIdentifier(channel)
        channel.closeFuture.whenComplete { _ in
            self.count.subtract(1, ordering: .relaxed)
            self.hasAsked(number)
        }
        guard !isOver else {
            channel.close(promise: nil)
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        let end = channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        silent.withLock { $0[number] = end }
        return channel.eventLoop.makeSucceededVoidFuture()
    }

    /// A request begins on a connection.
    func hears(_ stream: any Channel) -> EventLoopFuture<Void> {
        if let connection = stream.parent { hasAsked(ObjectIdentifier(connection)) }
        return stream.eventLoop.makeSucceededVoidFuture()
    }

    private func hasAsked(_ number: ObjectIdentifier) {
        silent.withLock { $0.removeValue(forKey: number) }?.cancel()
    }
}
