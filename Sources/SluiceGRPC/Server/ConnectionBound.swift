import NIOCore
import Synchronization

/// Counts connections, closes at once those that exceed a limit, and has a ``ConnectionWatch`` look after the others.
final class ConnectionBound: Sendable {
    private let maximum: Int
    private let patience: TimeAmount
    private let idle: TimeAmount
    private let count = Atomic<Int>(0)

    init(_ maximum: Int, patience: Duration, idle: Duration) {
        self.maximum = maximum
        self.patience = TimeAmount(patience)
        self.idle = TimeAmount(idle)
    }

    func admit(_ channel: any Channel) -> EventLoopFuture<Void> {
        let isOver = count.add(1, ordering: .relaxed).newValue > maximum
        channel.closeFuture.whenComplete { _ in self.count.subtract(1, ordering: .relaxed) }
        guard !isOver else {
            channel.close(promise: nil)
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                ConnectionWatch(patience: patience, idle: idle), position: .first)
        }
    }

    /// A request begins on a connection, whose event loop it shares.
    func hears(_ stream: any Channel) -> EventLoopFuture<Void> {
        let eventLoop = stream.eventLoop
        if let watch = try? stream.parent?.pipeline.syncOperations.handler(type: ConnectionWatch.self) {
            watch.requestBegins(on: eventLoop)
            let boundWatch = NIOLoopBound(watch, eventLoop: eventLoop)
            stream.closeFuture.whenComplete { _ in boundWatch.value.requestEnds(on: eventLoop) }
        }
        return eventLoop.makeSucceededVoidFuture()
    }
}
