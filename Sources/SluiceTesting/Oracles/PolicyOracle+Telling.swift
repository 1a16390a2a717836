import Sluice

/// What is not asked but told: corrected costs, rules closed and opened by hand.
extension PolicyOracle {
    /// Corrects a call's cost; what a peek says afterwards.
    mutating func settle(
        _ request: TraceRequest, actual: Int64, at now: Timestamp, guess: Decision?
    ) -> ExpectedDecision? {
        let (policy, descriptor) = (request.policy, request.descriptor)
        let looked = decide(policy, descriptor, cost: 1, charging: false, at: now, guess: guess)
        guard let looked else { return nil }
        guard looked.reason != .listed else { return looked }
        for application in applications(named: policy, descriptor) {
            func counted(_ cost: Int64) -> Int64 {
                guard cost > 0 else { return 0 }
                let isGap = application.limit.algorithm == .cooldown || application.limit.algorithm == .debounce
                return isGap ? 1 : application.rule.cost ?? cost
            }
            let difference = counted(actual) - counted(request.cost)
            var cell = cells[application.name] ?? RuleOracle()
            let standing = cell.standing(application.limit, application.rule, at: now.nanoseconds)
            if difference > 0 {
                cell.history.settle(difference, at: now.nanoseconds, standing)
            } else if difference < 0 {
                cell.history.refund(-difference, at: now.nanoseconds, application.limit)
            }
            cells[application.name] = cell
        }
        return decide(policy, descriptor, cost: 1, charging: false, at: now, guess: guess)
    }

    /// Closes a rule; `false` if it cannot be held for the descriptor.
    mutating func hold(
        _ policy: String, _ rule: String, _ descriptor: Descriptor, for span: Int64, at now: Timestamp
    ) -> Bool {
        guard let (penalty, name) = holdable(policy, rule, descriptor) else { return false }
        cells[name, default: RuleOracle()].penalties.hold(for: span, at: now.nanoseconds, penalty)
        return true
    }

    /// Opens a rule again; `false` if it cannot be held for the descriptor.
    mutating func lift(_ policy: String, _ rule: String, _ descriptor: Descriptor) -> Bool {
        guard let (_, name) = holdable(policy, rule, descriptor) else { return false }
        cells[name]?.penalties = PenaltyOracle()
        return true
    }
}

extension PenaltyOracle {
    /// Bans until `span` from now at least, and as long as the first ban of a penalty that bans by itself.
    mutating func hold(for span: Int64, at now: Int64, _ penalty: Penalty) {
        guard case .ban(let duration, let maximum) = penalty.kind, span > 0 else { return }
        let end = now + (penalty.denials > 0 ? max(span, duration.wholeNanoseconds) : span)
        guard end > banEnd ?? now else { return }
        if let last = banEnd, now - last >= maximum.wholeNanoseconds { bans = 0 }
        banEnd = max(end, banEnd ?? end)
        bans = max(1, bans)
        denials = []
    }
}

extension LimitOracle {
    /// Notes what has happened, allowed or not. Of a log only as many entries count as its limit says: the newest.
    mutating func settle(_ cost: Int64, at now: Int64, _ limit: Limit) {
        guard limit.algorithm != .concurrency, limit.algorithm != .unlimited else { return }
        guard limit.algorithm == .slidingLog else { return charge(cost, at: now) }
        charge(min(cost, limit.count), at: now)
        forget(at: now, limit)
        var surplus = events.reduce(0) { $0 + $1.cost } - limit.count
        while surplus > 0 {
            let taken = min(surplus, events[0].cost)
            events[0].cost -= taken
            surplus -= taken
            if events[0].cost == 0 { events.removeFirst() }
        }
    }
}
