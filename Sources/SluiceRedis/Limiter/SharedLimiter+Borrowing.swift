import NIOCore
import Sluice

/// Quota that Redis has charged ahead, spent here.
extension SharedLimiter {
    /// Decides by what is held here, if every rule that applies borrows and enough of each is held.
    @inline(__always)
    func spend(_ plan: ChargePlan) -> Decision? {
        guard plan.charges.allSatisfy({ $0.borrowing != nil }) else { return nil }
        return plan.charges.count == 1 ? spendLot(plan, plan.charges[0], at: now()) : spendLots(plan, at: now())
    }

    /// The same for one rule, without lists.
    private func spendLot(_ plan: ChargePlan, _ charge: PlannedCharge, at now: Timestamp) -> Decision? {
        guard let terms = BorrowTerms(charge.borrowing, of: charge) else { return nil }
        switch lots.spend(charge.cost, of: charge.key, at: now.nanoseconds, on: terms) {
        case .spent(let remaining, let resetAfter, let ask):
            if ask > 0 { borrow(ask, for: charge, of: plan, on: terms) }
            return plan.decision(
                ChargeVerdict(
                    denial: nil, remaining: remaining, retryAfterNanoseconds: 0, resetAfterNanoseconds: resetAfter))
        case .empty(let ask):
            if ask > 0 { borrow(ask, for: charge, of: plan, on: terms) }
            return nil
        }
    }

    private func spendLots(_ plan: ChargePlan, at now: Timestamp) -> Decision? {
        var verdicts: [ChargeVerdict] = []
        for charge in plan.charges {
            guard let terms = BorrowTerms(charge.borrowing, of: charge) else {
                return giveUp(plan, verdicts.count, now)
            }
            switch lots.spend(charge.cost, of: charge.key, at: now.nanoseconds, on: terms) {
            case .spent(let remaining, let resetAfter, let ask):
                if ask > 0 { borrow(ask, for: charge, of: plan, on: terms) }
                verdicts.append(
                    ChargeVerdict(
                        denial: nil, remaining: remaining, retryAfterNanoseconds: 0, resetAfterNanoseconds: resetAfter))
            case .empty(let ask):
                if ask > 0 { borrow(ask, for: charge, of: plan, on: terms) }
                return giveUp(plan, verdicts.count, now)
            }
        }
        return plan.decision(verdicts)
    }

    /// Redis decides after all: what the first rules have spent goes back to their lots.
    private func giveUp(_ plan: ChargePlan, _ spent: Int, _ now: Timestamp) -> Decision? {
        for charge in plan.charges.prefix(spent) {
            _ = lots.refund(charge.cost, to: charge.key, at: now.nanoseconds)
        }
        return nil
    }

    /// Asks Redis for units to spend here. Nobody waits for them.
    private func borrow(_ units: Int64, for charge: PlannedCharge, of plan: ChargePlan, on terms: BorrowTerms) {
        let epoch = lots.epoch
        let sentAt = now().nanoseconds
        let lane = lanes.lane(for: charge.key)
        let request = StoreRequest(
            [charge.costing(units)], .borrow, deadline: lane.now + store.timeAmount, keeping: plan.owner
        ) { [self] answer in
            let receivedAt = now().nanoseconds
            guard case .judged(let verdicts, let moment) = answer, let verdict = verdicts.first, verdict.remaining > 0
            else { return lots.refused(charge.key, at: receivedAt, epoch: epoch) }
            memory.charged(charge.key)
            let grant = LotGrant(
                units: verdict.remaining, sentAt: sentAt, receivedAt: receivedAt, storeMicroseconds: moment,
                remaining: verdict.retryAfterNanoseconds / 1_000, resetAfterNanoseconds: verdict.resetAfterNanoseconds)
            if let rest = lots.granted(grant, to: charge.key, on: terms, epoch: epoch) {
                returns.giveBack([rest])
            }
        }
        lenders.remember(charge, keeping: plan.owner)
        lane.submit(request)
    }
}
