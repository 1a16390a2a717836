/// Calls by many callers at once, each of whom calls again as soon as he is answered.
struct CallLoad: Sendable {
    let callers: Int
    /// Calls once; each call has a number of its own.
    let call: @Sendable (_ number: Int) async throws -> Void

    /// Makes the calls of these numbers; the callers take them in turn.
    /// - Returns: How long all of them took together.
    @discardableResult
    func run(_ numbers: Range<Int>) async throws -> Duration {
        let start = ContinuousClock.now
        try await withThrowingDiscardingTaskGroup { group in
            for first in numbers.prefix(callers) {
                group.addTask { try await make(stride(from: first, to: numbers.upperBound, by: callers)) }
            }
        }
        return ContinuousClock.now - start
    }

    /// Calls again and again until the task is cancelled.
    func runUntilCancelled() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for first in 0..<callers { group.addTask { try await make(stride(from: first, to: .max, by: callers)) } }
        }
    }

    @concurrent
    private func make(_ numbers: StrideTo<Int>) async throws {
        for number in numbers {
            guard !Task.isCancelled else { return }
            try await call(number)
        }
    }
}
