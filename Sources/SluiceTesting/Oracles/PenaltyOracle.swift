public import Sluice

/// What a penalty says of a caller's denials.
public struct PenaltyOracle: Sendable {
    var denials: [Int64] = []
    var banEnd: Int64?
    var bans = 0
    private var wholeAt: Int64 = .min / 2

    /// A caller who was never denied.
    public init() {}

    /// The end of the ban that holds at `now`.
    public func banEnd(at now: Int64) -> Int64? {
        guard let banEnd, now < banEnd else { return nil }
        return banEnd
    }

    /// How often the limit is halved at `now`.
    public func halvings(at now: Int64, _ penalty: Penalty) -> Int {
        guard case .shrink(let recovery) = penalty.kind else { return 0 }
        return (0..<4).filter { now < wholeAt - Int64($0) * recovery.wholeNanoseconds }.count
    }

    /// The moments after `now` at which a halving is taken back, in order.
    func recoveries(after now: Int64, _ penalty: Penalty) -> [Int64] {
        guard case .shrink(let recovery) = penalty.kind, wholeAt > now else { return [] }
        return (0..<4).reversed().map { wholeAt - Int64($0) * recovery.wholeNanoseconds }.filter { $0 > now }
    }

    /// Counts a denial; the one that fills the count brings the penalty on.
    public mutating func noteDenial(at now: Int64, _ penalty: Penalty, _ limit: Limit) {
        guard penalty.denials > 0 else { return }
        let day: Int64 = 86_400_000_000_000
        let own = limit.algorithm == .quota ? day : limit.periodNanoseconds
        let window = penalty.window?.wholeNanoseconds ?? own
        if let first = denials.first, now - first >= window { denials = [] }
        denials.append(now)
        guard denials.count >= penalty.denials else { return }
        denials = []
        switch penalty.kind {
        case .ban(let duration, let maximum):
            if let banEnd, now - banEnd >= maximum.wholeNanoseconds { bans = 0 }
            var length = duration.wholeNanoseconds
            for _ in 0..<bans { length = min(length * 2, maximum.wholeNanoseconds) }
            banEnd = now + length
            bans += 1
        case .shrink(let recovery):
            let span = recovery.wholeNanoseconds
            wholeAt = min(max(wholeAt, now) + span, now + 4 * span)
        }
    }

    /// The limit with its numbers halved as often as the penalty says.
    public func shrunk(_ limit: Limit, at now: Int64, _ penalty: Penalty) -> Limit {
        var limit = limit
        for _ in 0..<halvings(at: now, penalty) {
            limit.count = max(1, limit.count / 2)
            limit.burst = max(1, limit.burst / 2)
        }
        return limit
    }
}
