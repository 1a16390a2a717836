import Foundation

/// Runs `body` on `count` threads of their own at once and returns when all have ended.
///
/// Threads, not tasks: on a machine of two cores the concurrency pool has two, and preemption between more of
/// them is what finds a lock held too short.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let start = DispatchSemaphore(value: 0)
    let end = DispatchGroup()
    for index in 0..<count {
        end.enter()
        Thread {
            start.wait()
            body(index)
            end.leave()
        }.start()
    }
    for _ in 0..<count { start.signal() }
    end.wait()
}
