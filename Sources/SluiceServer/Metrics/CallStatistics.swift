import Sluice
import Synchronization

/// What the gRPC transport has done since it started.
final class CallStatistics: Sendable {
    /// What became of a call.
    enum Result {
        case succeeded
        /// The client asked what cannot be answered, or may not ask.
        case refused
        case failed
    }

    private let good = Atomic<UInt64>(0)
    private let wrong = Atomic<UInt64>(0)
    private let bad = Atomic<UInt64>(0)
    /// From when a call was taken until it was answered.
    let durations = DurationHistogram()
    let exemplars = Exemplars()

    var succeeded: UInt64 { good.load(ordering: .relaxed) }
    var refused: UInt64 { wrong.load(ordering: .relaxed) }
    var failed: UInt64 { bad.load(ordering: .relaxed) }

    func note(_ result: Result, nanoseconds: Int64) {
        switch result {
        case .succeeded: good.add(1, ordering: .relaxed)
        case .refused: wrong.add(1, ordering: .relaxed)
        case .failed: bad.add(1, ordering: .relaxed)
        }
        durations.record(nanoseconds: nanoseconds)
    }
}
