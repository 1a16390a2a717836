import Sluice
import Synchronization

/// What the gRPC transport has done since it started.
final class CallStatistics: Sendable {
    private let good = Atomic<UInt64>(0)
    private let bad = Atomic<UInt64>(0)
    /// From when a call was taken until it was answered.
    let durations = DurationHistogram()

    var succeeded: UInt64 { good.load(ordering: .relaxed) }
    var failed: UInt64 { bad.load(ordering: .relaxed) }

    func note(succeeded: Bool, nanoseconds: Int64) {
        if succeeded { good.add(1, ordering: .relaxed) } else { bad.add(1, ordering: .relaxed) }
        durations.record(nanoseconds: nanoseconds)
    }
}
