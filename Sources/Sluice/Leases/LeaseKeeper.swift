internal import Synchronization

/// Holds leases for as long as what they were taken for goes on, and renews those that would run out meanwhile.
///
/// What takes less than a third of a lease's duration costs no renewal. There is one task for each duration, and only
/// while a lease of that duration is held.
package final class LeaseKeeper: Sendable {
    /// The leases of one duration.
    private struct Round {
        /// When each was taken or renewed last, by its number.
        var leases: [UInt64: (lease: Lease, heldSince: Timestamp)] = [:]
    }

    fileprivate let limiter: any LimiterProtocol
    private let rounds = Mutex<[Duration: Round]>([:])

    package init(_ limiter: any LimiterProtocol) { self.limiter = limiter }

    /// How many leases are held.
    package var count: Int { rounds.withLock { $0.values.reduce(0) { $0 + $1.leases.count } } }

    /// Holds a lease that was just taken, until it is released or forgotten.
    package func hold(_ lease: Lease) -> HeldLease {
        let now = limiter.time.now()
        let isFirst = rounds.withLock { rounds in
            let isFirst = rounds[lease.duration] == nil
            rounds[lease.duration, default: Round()].leases[lease.id] = (lease, now)
            return isFirst
        }
        if isFirst { renewAll(every: lease.duration / 3, of: lease.duration) }
        return HeldLease(lease, self)
    }

    /// Renews the leases of a duration each time a third of it has passed, until none is held.
    private func renewAll(every interval: Duration, of duration: Duration) {
        let time = limiter.time
        Task { [weak self] in
            while true {
                // A time line that ends renews nothing; the leases run out as those of a process that died.
                guard (try? await time.sleep(until: time.now() + interval)) != nil,
                    let due = self?.due(of: duration, after: interval, at: time.now())
                else { return }
                await withDiscardingTaskGroup { group in
                    for lease in due { group.addTask { await self?.renew(lease) } }
                }
            }
        }
    }

    /// The leases that were held for an interval or longer; `nil` when none of the duration is held any more.
    private func due(of duration: Duration, after interval: Duration, at now: Timestamp) -> [Lease]? {
        rounds.withLock { rounds in
            guard let round = rounds[duration], !round.leases.isEmpty else {
                rounds[duration] = nil
                return nil
            }
            return round.leases.values.filter { now - $0.heldSince >= interval }.map(\.lease)
        }
    }

    private func renew(_ lease: Lease) async {
        let now = limiter.time.now()
        do {
            let isHeld = try await limiter.renew(lease)
            rounds.withLock { rounds in
                guard rounds[lease.duration]?.leases[lease.id] != nil else { return }
                rounds[lease.duration]?.leases[lease.id] = isHeld ? (lease, now) : nil
            }
        } catch {
            // Tried again after the next third, before the lease runs out.
        }
    }

    fileprivate func forget(_ lease: Lease) {
        rounds.withLock { _ = $0[lease.duration]?.leases.removeValue(forKey: lease.id) }
    }
}

/// A lease that is held until it is released, or until nobody has this object any more.
package final class HeldLease: Sendable {
    /// The lease.
    package let lease: Lease
    private let keeper: LeaseKeeper
    private let isReleased = Atomic<Bool>(false)

    fileprivate init(_ lease: Lease, _ keeper: LeaseKeeper) {
        (self.lease, self.keeper) = (lease, keeper)
    }

    /// Gives the slots back, the first time it is called. If the store fails, they come back when the lease runs out.
    package func release() async {
        guard !isReleased.exchange(true, ordering: .acquiringAndReleasing) else { return }
        keeper.forget(lease)
        _ = try? await keeper.limiter.release(lease)
    }

    deinit {
        guard !isReleased.load(ordering: .acquiring) else { return }
        keeper.forget(lease)
        let (limiter, lease) = (keeper.limiter, lease)
        Task { try? await limiter.release(lease) }
    }
}
