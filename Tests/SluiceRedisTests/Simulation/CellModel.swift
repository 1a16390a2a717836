/// A limit as a call of the script brings it: times in microseconds.
struct LimitModel: Hashable {
    enum Algorithm: UInt8 {
        case tokenBucket = 0
        case slidingLog = 1
        case fixedWindow = 3
        case concurrency = 7
    }

    var algorithm: Algorithm
    var count: Int64
    var period: Int64
    /// The burst of a token bucket.
    var burst: Int64

    /// The most that it can ever hold.
    var capacity: Int64 { algorithm == .tokenBucket ? burst : count }
}

/// What a limit says of a charge.
struct VerdictModel {
    enum Outcome: UInt8 {
        case allowed, limited, impossible
    }

    var outcome: Outcome
    var remaining: Int64
    var retryAfter: Int64 = 0
    var resetAfter: Int64 = 0
}

/// A cell that remembers every charge and adds them up each time it is asked: slow, and plainly right.
///
/// The script keeps a moment or a count in its place. Times are microseconds.
struct CellModel {
    private struct Entry {
        var moment: Int64
        /// Units; of a token bucket, parts of which its limit's period is a unit. Below 0 they were given back.
        var amount: Int64
    }

    private struct Held {
        var lease: UInt64
        var until: Int64
    }

    private var entries: [Entry] = []
    private var leases: [Held] = []
    /// For how long a lease is held, as the last who took one was told.
    private var leaseTime: Int64 = 0

    /// How many leases are held.
    func held(at now: Int64) -> Int64 { Int64(leases.count { $0.until > now }) }

    /// What a charge would be told.
    mutating func judge(_ cost: Int64, by limit: LimitModel, at now: Int64) -> VerdictModel {
        let (left, reset) = standing(limit, at: now)
        guard cost <= limit.capacity else {
            return VerdictModel(outcome: .impossible, remaining: left, resetAfter: reset)
        }
        guard cost > left else {
            return VerdictModel(outcome: .allowed, remaining: left, resetAfter: reset)
        }
        return VerdictModel(
            outcome: .limited, remaining: left, retryAfter: wait(for: cost, limit, at: now), resetAfter: reset)
    }

    /// What is left, and in how long the limit is whole again.
    mutating func standing(_ limit: LimitModel, at now: Int64) -> (left: Int64, resetAfter: Int64) {
        forget(limit, at: now)
        switch limit.algorithm {
        case .tokenBucket:
            let debt = debt(limit, at: now)
            return (max(0, (limit.burst * limit.period - debt) / limit.period), Self.up(debt, limit.count))
        case .slidingLog:
            let newest = entries.last.map { $0.moment + limit.period - now } ?? 0
            return (max(0, limit.count - sum), newest)
        case .fixedWindow:
            return (max(0, limit.count - sum), sum == 0 ? 0 : limit.period - now % limit.period)
        case .concurrency:
            let last = leases.map(\.until).max() ?? now
            return (max(0, limit.count - Int64(leases.count)), last - now)
        }
    }

    /// Microseconds until a charge passes if nothing else happens.
    private func wait(for cost: Int64, _ limit: LimitModel, at now: Int64) -> Int64 {
        switch limit.algorithm {
        case .tokenBucket:
            return Self.up(debt(limit, at: now) - (limit.burst - cost) * limit.period, limit.count)
        case .slidingLog:
            var surplus = sum + cost - limit.count
            for entry in entries {
                surplus -= entry.amount
                if surplus <= 0 { return entry.moment + limit.period - now }
            }
            return limit.period
        case .fixedWindow: return limit.period - now % limit.period
        case .concurrency:
            let ends = leases.map(\.until).sorted()
            let surplus = Int(Int64(leases.count) + cost - limit.count)
            return (surplus > 0 && surplus <= ends.count ? ends[surplus - 1] : now) - now
        }
    }

    /// Counts a charge, whether or not there is room for it.
    mutating func charge(_ cost: Int64, by limit: LimitModel, at now: Int64) {
        guard cost > 0, limit.algorithm != .concurrency else { return }
        forget(limit, at: now)
        entries.append(Entry(moment: now, amount: cost * (limit.algorithm == .tokenBucket ? limit.period : 1)))
    }

    /// Gives units back.
    mutating func refund(_ cost: Int64, by limit: LimitModel, at now: Int64) {
        forget(limit, at: now)
        switch limit.algorithm {
        case .tokenBucket: giveBack(cost * limit.period, limit, at: now)
        case .slidingLog, .fixedWindow: removeLast(cost) { _ in true }
        case .concurrency: break
        }
    }

    /// Takes back what a charge of a moment has left, never more.
    mutating func undo(_ cost: Int64, chargedAt: Int64, lease: UInt64, by limit: LimitModel, at now: Int64) {
        forget(limit, at: now)
        switch limit.algorithm {
        case .tokenBucket:
            giveBack(max(0, cost * limit.period - max(0, now - chargedAt) * limit.count), limit, at: now)
        case .slidingLog: removeLast(cost) { $0.moment == chargedAt }
        case .fixedWindow:
            // Whoever gives back units of a lot tells a moment of its window, not that of each unit.
            if chargedAt / limit.period == now / limit.period { removeLast(cost) { _ in true } }
        case .concurrency: if lease != 0 { leases.removeAll { $0.lease == lease } }
        }
    }

    mutating func take(_ lease: UInt64, _ cost: Int64, by limit: LimitModel, at now: Int64) {
        leaseTime = limit.period
        for _ in 0..<cost { leases.append(Held(lease: lease, until: now + limit.period)) }
    }

    /// Holds a lease for longer, or ends it.
    /// - Returns: Whether it was held.
    mutating func change(_ lease: UInt64, isRenewed: Bool, at now: Int64) -> Bool {
        leases.removeAll { $0.until <= now }
        let places = leases.indices.filter { leases[$0].lease == lease }
        if isRenewed {
            for place in places { leases[place].until = max(leases[place].until, now + leaseTime) }
        } else {
            leases.removeAll { $0.lease == lease }
        }
        return !places.isEmpty
    }

    // MARK: Adding up

    private var sum: Int64 { entries.reduce(0) { $0 + $1.amount } }

    /// What a token bucket owes: every charge, less what has drained in each gap.
    private func debt(_ limit: LimitModel, at now: Int64) -> Int64 {
        var debt: Int64 = 0
        var last = entries.first?.moment ?? now
        for entry in entries {
            debt = max(0, max(0, debt - (entry.moment - last) * limit.count) + entry.amount)
            last = max(last, entry.moment)
        }
        return max(0, debt - (now - last) * limit.count)
    }

    private mutating func giveBack(_ parts: Int64, _ limit: LimitModel, at now: Int64) {
        if parts > 0, !entries.isEmpty { entries.append(Entry(moment: now, amount: -parts)) }
    }

    private mutating func removeLast(_ cost: Int64, where isMeant: (Entry) -> Bool) {
        var left = cost
        for place in entries.indices.reversed() where left > 0 && isMeant(entries[place]) {
            let taken = min(left, entries[place].amount)
            entries[place].amount -= taken
            left -= taken
        }
        entries.removeAll { $0.amount == 0 }
    }

    /// Forgets what says nothing any more.
    private mutating func forget(_ limit: LimitModel, at now: Int64) {
        switch limit.algorithm {
        case .tokenBucket: if debt(limit, at: now) == 0 { entries.removeAll() }
        case .slidingLog: entries.removeAll { $0.moment + limit.period <= now }
        case .fixedWindow: entries.removeAll { $0.moment / limit.period < now / limit.period }
        case .concurrency: leases.removeAll { $0.until <= now }
        }
    }

    private static func up(_ number: Int64, _ divisor: Int64) -> Int64 {
        number <= 0 ? 0 : (number + divisor - 1) / divisor
    }
}
