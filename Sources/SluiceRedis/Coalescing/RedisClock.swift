import Sluice
import Synchronization

/// How far Redis's clock is ahead of this process's, as its replies tell.
///
/// A reply's time was read after the call was sent, so the estimate is never behind Redis's clock, and ahead of it by
/// at most a round trip.
final class RedisClock: Sendable {
    private let offset = Atomic<Int64>(0)

    /// Redis decided at `redisTime` what was sent at `sentAt`.
    func note(redisTime: Timestamp, sentAt: Timestamp) {
        offset.store(redisTime.nanoseconds.saturatingSubtracting(sentAt.nanoseconds), ordering: .relaxed)
    }

    /// What Redis's clock says at a moment of this process's: not earlier, and hardly later.
    func estimate(at moment: Timestamp) -> Timestamp {
        Timestamp(nanoseconds: moment.nanoseconds.saturatingAdding(offset.load(ordering: .relaxed)))
    }
}
