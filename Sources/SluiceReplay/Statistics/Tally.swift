import Sluice

/// Decides every request and counts what comes of it, in bounded memory.
final class Tally {
    /// What is counted for one rule.
    final class RuleTally {
        let rule: Rule
        let meter: DemandMeter
        let callers: CallerTable<CallerDemand>
        /// Requests that the rule had a say in.
        var applied = 0
        var denied = 0

        init(_ rule: Rule, capacity: Int) {
            self.rule = rule
            meter = DemandMeter(rule.limit)
            callers = CallerTable(capacity: capacity)
        }
    }

    let policy: Policy
    let callers: CallerTable<CallerCount>
    /// By caller and rule.
    let denials: CallerTable<DenialCount>
    let rules: [RuleTally]
    private(set) var series: TimeSeries
    private(set) var requests = 0
    private(set) var denied = 0
    private(set) var deniedByList = 0
    private(set) var deniedByFullStore = 0
    /// Requests that the policy, being strict, cannot decide.
    private(set) var undecided = 0
    private(set) var withoutCaller = 0
    private(set) var firstTime = Int64.max
    private(set) var lastTime = Int64.min

    private let handle: PolicyHandle
    private var outcomes: [RawOutcome] = []

    /// - Parameter exactCallers: How many callers are counted exactly, for the whole and for each rule.
    init(policy: Policy, exactCallers: Int, cells: Int) throws(SluiceError) {
        self.policy = policy
        handle = try Limiter([policy], store: MemoryStore(holding: cells)).policy(policy.name)
        callers = CallerTable(capacity: exactCallers, heaviestKept: exactCallers / 4)
        denials = CallerTable(capacity: exactCallers, heaviestKept: exactCallers / 4)
        rules = policy.rules.map { RuleTally($0, capacity: exactCallers) }
        series = TimeSeries(rules: policy.rules.count)
    }

    /// Decides a request, whose moment is not before that of the one before it.
    func take(_ batch: Batch, _ request: Batch.Request, at now: Int64) {
        let entries = batch.entries(of: request)
        let isPlain = batch.plan.policyUsesCaller || !request.hasCaller
        let counted = isPlain ? entries : UnsafeBufferPointer(rebasing: entries[1...])
        let decision: Decision
        do {
            decision = try handle.decideDetailed(
                counted, cost: 1, at: Timestamp(nanoseconds: now), outcomes: &outcomes)
        } catch {
            undecided += 1
            return
        }
        let isDenied = !decision.isAllowed
        requests += 1
        if isDenied { countDenial(decision) }
        firstTime = min(firstTime, request.time)
        lastTime = max(lastTime, request.time)
        let row = series.add(request.time, isDenied: isDenied)
        let caller = countCaller(entries, request, isDenied: isDenied)
        for outcome in outcomes { count(outcome, by: caller, at: now, row: row) }
    }

    private func countDenial(_ decision: Decision) {
        denied += 1
        guard case .denied(let denial) = decision else { return }
        if denial.reason == .listed { deniedByList += 1 }
        if denial.reason == .storeFull { deniedByFullStore += 1 }
    }

    @inline(__always)
    private func countCaller(
        _ entries: UnsafeBufferPointer<RawEntry>, _ request: Batch.Request, isDenied: Bool
    ) -> UInt64? {
        guard request.hasCaller else {
            withoutCaller += 1
            return nil
        }
        let name = entries[0].value
        let hash = Fingerprint.hash(name)
        if let record = callers.record(of: hash, fresh: { CallerCount(name: name) }) {
            record.pointee.requests += 1
            if isDenied { record.pointee.denied += 1 }
        }
        return hash
    }

    @inline(__always)
    private func count(_ outcome: RawOutcome, by caller: UInt64?, at now: Int64, row: Int) {
        let tally = rules[outcome.ruleIndex]
        tally.applied += 1
        let isDenied = !outcome.isAllowed
        if let record = tally.callers.record(of: outcome.keyHigh ^ outcome.keyLow, fresh: { tally.meter.fresh }) {
            tally.meter.observe(&record.pointee, cost: tally.rule.cost ?? 1, at: now)
            if isDenied { record.pointee.denied += 1 }
        }
        guard isDenied else { return }
        tally.denied += 1
        series.addDenial(by: outcome.ruleIndex, row: row)
        guard let caller, !outcome.isShadow else { return }
        let pair = Self.pair(caller, outcome.ruleIndex)
        denials.record(of: pair, fresh: { DenialCount() })?.pointee.denied += 1
    }

    /// The rule that denied a caller most often.
    func mainRule(of caller: UInt64) -> Int? {
        let counts = rules.indices.map { denials.existingRecord(of: Self.pair(caller, $0))?.pointee.denied ?? 0 }
        guard let most = counts.max(), most > 0 else { return nil }
        return counts.firstIndex(of: most)
    }

    private static func pair(_ caller: UInt64, _ rule: Int) -> UInt64 {
        Fingerprint.combine(caller, UInt64(rule) &+ 1)
    }
}
