import Dispatch
import Sluice
import Synchronization

/// Calls timed in chunks of about a millisecond, of which the median counts.
///
/// So a chunk in which the system took the processor away for somebody else changes nothing.
enum Chunks {
    private static let calls = 10_000
    private static let clock = TimeSource.system

    /// Nanoseconds per call.
    /// - Parameter body: Makes the calls of these numbers, and tells how many were allowed: all of them.
    static func nanosecondsPerCall(
        passes: Int, of count: Int, _ body: (Range<Int>) throws -> Int
    ) rethrows -> Double {
        var samples = Samples()
        for _ in 0..<passes {
            for start in stride(from: 0, to: count, by: calls) {
                let chunk = start..<min(count, start + calls)
                let began = clock.now().nanoseconds
                let allowed = try body(chunk)
                samples.values.append(Double(clock.now().nanoseconds - began) / Double(chunk.count))
                precondition(allowed == chunk.count, "a decision was denied")
            }
        }
        return samples.median
    }

    /// Nanoseconds per call as each of several threads sees it, which start together: their mean.
    static func nanosecondsPerCall(
        threads: Int, passes: Int, of count: Int, _ body: @Sendable (_ thread: Int, Range<Int>) -> Int
    ) -> Double {
        let waiting = Atomic(threads)
        let sum = Mutex(0.0)
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            waiting.subtract(1, ordering: .acquiringAndReleasing)
            while waiting.load(ordering: .acquiring) > 0 {}
            let own = nanosecondsPerCall(passes: passes, of: count) { body(thread, $0) }
            sum.withLock { $0 += own }
        }
        return sum.withLock { $0 } / Double(threads)
    }
}
