import Dispatch
import Sluice
import Synchronization

/// Work on several threads that start together.
enum Threads {
    private static let clock = TimeSource.system

    /// Nanoseconds per call as each thread sees it: the mean of the threads' own times.
    static func nanosecondsPerCall(_ threads: Int, calls: Int, _ body: @Sendable (_ thread: Int) -> Void) -> Double {
        let waiting = Atomic(threads)
        let total = Atomic<Int64>(0)
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            waiting.subtract(1, ordering: .acquiringAndReleasing)
            while waiting.load(ordering: .acquiring) > 0 {}
            let start = clock.now().nanoseconds
            body(thread)
            total.add(clock.now().nanoseconds - start, ordering: .relaxed)
        }
        return Double(total.load(ordering: .relaxed)) / Double(threads) / Double(calls)
    }
}
