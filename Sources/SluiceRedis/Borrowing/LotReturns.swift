import NIOCore
import Sluice

/// Gives back to Redis what was borrowed and is not spent here.
struct LotReturns: Sendable {
    let lots: LotTable
    let lenders: LentCharges
    let lanes: [StoreLane]
    /// How long giving back may take.
    let timeAmount: TimeAmount

    /// Gives units back to Redis. What is lost on the way evaporates.
    func giveBack(_ lots: [GiveBack], completion: @escaping () -> Void = {}) {
        let pending = Countdown(from: lots.count, completion)
        for lot in lots {
            guard let (charge, owner) = lenders.take(lot.key) else {
                pending.count()
                continue
            }
            let operation = StoreOperation.undo(
                chargedAt: lot.chargedAtMicroseconds(charge.limit().pointee), lease: nil)
            let lane = lanes.lane(for: lot.key)
            let request = StoreRequest(
                [charge.costing(lot.units)], operation, deadline: lane.now + timeAmount, keeping: owner
            ) { _ in pending.count() }
            lane.submit(request)
        }
    }
}

extension GiveBack {
    /// The moment of a charge whose undoing takes back what has not evaporated.
    ///
    /// A token bucket takes back what a charge of `units` at this moment has not yet refilled, which is nothing from
    /// `untilMicroseconds` on; a window takes back a charge of its own only.
    fileprivate func chargedAtMicroseconds(_ limit: borrowing CompiledLimit) -> Int64 {
        guard limit.algorithm == .tokenBucket else { return untilMicroseconds - 1 }
        let refill = Int128(units) * Int128(limit.period) / (Int128(limit.count) * 1_000)
        return max(0, untilMicroseconds.saturatingSubtracting(Int64(clamping: refill)))
    }
}
