import Sluice

/// What this instance knows well enough to decide without Redis: what Redis has just denied.
final class DecisionMemory: Sendable {
    /// What was known when a request was sent. What Redis says of it is kept only as far as nothing has happened since.
    struct Ticket: Sendable {
        fileprivate let epoch: UInt64
        fileprivate let sequence: UInt64
        fileprivate let sentAt: Int64
    }

    private let denials: DenialCache?
    private let stamps = ChargeStamps()

    /// - Parameter capacity: Denials to remember; 0 for none.
    init(capacity: Int) {
        denials = capacity > 0 ? DenialCache(holding: capacity) : nil
    }

    /// A request is sent.
    func ticket(at now: Timestamp) -> Ticket {
        Ticket(epoch: denials?.epoch ?? 0, sequence: stamps.sequence, sentAt: now.nanoseconds)
    }

    /// The denial that Redis would repeat, if it is certain that it would.
    @inline(__always)
    func denial(_ plan: ChargePlan, at now: Timestamp) -> Decision? {
        guard let denials else { return nil }
        var request = RequestKey()
        for charge in plan.charges {
            guard charge.cost == 1 else { return nil }
            request.add(charge.key)
        }
        guard let known = denials.lookup(request.key, at: now.nanoseconds),
            plan.charges.allSatisfy({ !stamps.isCharged($0.key, since: known.sequence) })
        else { return nil }
        return .denied(known.denial(at: now.nanoseconds))
    }

    /// Redis has decided.
    func note(_ decision: Decision, of plan: ChargePlan, _ ticket: Ticket, at now: Timestamp) {
        guard let denials else { return }
        guard case .denied(let denial) = decision else { return changed(plan) }
        let kept = CachedDenial(
            denial, of: plan.charges, sentAt: ticket.sentAt, receivedAt: now.nanoseconds, sequence: ticket.sequence)
        if let kept { denials.insert(kept, under: RequestKey(plan.charges).key, epoch: ticket.epoch) }
    }

    /// Something was charged or given back to the cells of a plan.
    func changed(_ plan: ChargePlan) {
        for charge in plan.charges { stamps.charged(charge.key) }
    }

    /// Something was taken from a cell.
    func charged(_ key: CellKey) { stamps.charged(key) }

    /// Other policies are in force.
    func forgetDenials() { denials?.removeAll() }
}
