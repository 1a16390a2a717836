public import Sluice

/// The state of one rule for one key, and what it says of a request by itself.
public struct RuleOracle: Sendable {
    /// What one rule says.
    public struct Verdict: Sendable {
        /// Why it denies; `nil` when it allows.
        public var reason: Denial.Reason?
        /// In how many nanoseconds the request passes; `nil` if it never does.
        public var wait: Int128?
        /// The limit as it stands, shrunk if a penalty says so.
        public var limit: Limit
    }

    var history = LimitOracle()
    var penalties = PenaltyOracle()
    var leases = LeaseOracle()

    /// A rule that nobody has met yet.
    public init() {}

    /// The limit as a penalty leaves it.
    func standing(_ limit: Limit, _ rule: Rule, at now: Int64) -> Limit {
        rule.penalty.map { penalties.shrunk(limit, at: now, $0) } ?? limit
    }

    /// What the rule says of `cost` at `now`.
    /// - Parameter guess: The nanoseconds that a decider says it takes to pass; see ``LimitOracle``.
    public func verdict(
        _ rule: Rule, _ limit: Limit, cost: Int64, at now: Int64, guess: Int64? = nil
    ) -> Verdict {
        let standing = standing(limit, rule, at: now)
        if limit.algorithm == .concurrency { return leaseVerdict(standing, cost: cost, at: now) }
        guard let wait = wait(for: counted(cost, limit), rule, limit, at: now, guess: guess) else {
            return Verdict(reason: .impossible, wait: nil, limit: standing)
        }
        if let end = penalties.banEnd(at: now) {
            return Verdict(reason: .banned, wait: max(wait, Int128(end) - Int128(now)), limit: standing)
        }
        return Verdict(reason: wait > 0 ? .limited : nil, wait: wait, limit: standing)
    }

    /// When the cost passes by the limit as it stands; if it never does, when enough of a shrunk limit has
    /// recovered and nothing of it is in use.
    private func wait(
        for cost: Int64, _ rule: Rule, _ limit: Limit, at now: Int64, guess: Int64?
    ) -> Int128? {
        let standing = standing(limit, rule, at: now)
        if let wait = history.wait(for: cost, at: now, standing, guess: guess) { return wait }
        guard let penalty = rule.penalty else { return nil }
        let recovery = penalties.recoveries(after: now, penalty).first { moment in
            cost <= LimitOracle.capacity(of: self.standing(limit, rule, at: moment))
        }
        return recovery.map { max(Int128($0 - now), history.reset(at: now, standing, guess: guess)) }
    }

    private func leaseVerdict(_ limit: Limit, cost: Int64, at now: Int64) -> Verdict {
        if cost == 0 { return Verdict(reason: nil, wait: 0, limit: limit) }
        let wait = leases.wait(forFewerThan: limit.count, at: now)
        return Verdict(reason: wait > 0 ? .limited : nil, wait: Int128(wait), limit: limit)
    }

    /// A gap counts events, so any cost but 0 is one.
    private func counted(_ cost: Int64, _ limit: Limit) -> Int64 {
        limit.algorithm == .cooldown || limit.algorithm == .debounce ? min(cost, 1) : cost
    }

    /// Charges what was admitted.
    mutating func charge(_ limit: Limit, cost: Int64, at now: Int64) {
        guard limit.algorithm != .concurrency, limit.algorithm != .unlimited else { return }
        history.charge(counted(cost, limit), at: now)
    }

    /// What a denial leaves behind: a count towards the penalty, a debounce window begun anew.
    mutating func noteDenial(_ rule: Rule, _ limit: Limit, _ reason: Denial.Reason, at now: Int64) {
        guard reason == .limited else { return }
        if limit.algorithm == .debounce, limit.extends {
            history.events = [LimitOracle.Event(moment: history.effective(now), cost: 1)]
        }
        if let penalty = rule.penalty { penalties.noteDenial(at: now, penalty, limit) }
    }

    /// What a decision that names this rule says.
    func candidate(
        _ rule: Rule, _ limit: Limit, _ verdict: Verdict, remaining: Int64, at now: Int64, guess: Int64?
    ) -> ExpectedDecision.Candidate {
        let banned = penalties.banEnd(at: now)
        let reset = max(self.reset(verdict.limit, at: now, guess: guess), banned.map { Int128($0) - Int128(now) } ?? 0)
        return ExpectedDecision.Candidate(
            rule: rule.name, limit: LimitOracle.capacity(of: verdict.limit), remaining: remaining,
            retryAfter: verdict.wait.map { Int64(clamping: $0) }, resetAfter: Int64(clamping: reset))
    }

    /// How many calls of cost 1 pass now.
    func remaining(_ limit: Limit, at now: Int64) -> Int64 {
        guard penalties.banEnd(at: now) == nil else { return 0 }
        guard limit.algorithm == .concurrency else { return history.remaining(at: now, limit) }
        return max(0, limit.count - leases.held(at: now))
    }

    private func reset(_ limit: Limit, at now: Int64, guess: Int64?) -> Int128 {
        guard limit.algorithm == .concurrency else { return history.reset(at: now, limit, guess: guess) }
        return Int128(leases.wait(forFewerThan: 1, at: now))
    }
}
