import Sluice
import SluiceTesting

@testable import SluiceRedis

/// What callers ask and are told, and the laws that must hold of it.
///
/// Sendable: everything happens on the simulation's one thread.
final class SimulatedLaws: @unchecked Sendable {
    /// A question on its way.
    struct Question {
        var instance: SimulatedInstance
        var policy: String
        /// The values it counts by, one for each rule.
        var values: [String]
        var operation: StoreOperation
        var cost: Int64
        /// Whether everything is well and the limit is whole, so that nothing else is right.
        var mustPass = false
        var askedAt: Int64 = 0
        var busyThen: Int64 = 0
    }

    private struct Cell: Hashable {
        var policy: String
        var rule: Int
        var value: String
        /// The instance that decided by itself; none if the store did.
        var host: Int?
    }

    /// How much later than its deadline something may be answered: deadlines are told apart to a millisecond.
    private static let step: Int64 = 1_000_000

    private let world: SimulatedWorld
    private let clockOffset: Int64
    private let slack: Int64
    private var ledgers: [Cell: AdmissionLedger] = [:]
    private var leaseLedgers: [String: LeaseLedger] = [:]
    private var questions: [Int: Question] = [:]
    private var lastQuestion = 0
    private var forgivenUntil = Int64.min
    /// Leases that somebody holds, as he was told.
    private(set) var leases: [(lease: Lease, value: String)] = []
    private var counted = Counts()

    /// What happened, so that a run that tests nothing is noticed.
    struct Counts: Equatable {
        var asked = 0
        var allowed = 0
        var denied = 0
        var degraded = 0
        var atOnce = 0
        var leases = 0
        var losses = 0
        /// The fullest that any span of any cell was, in hundredths of its bound.
        var fullest: Int64 = 0
        /// The same of cells that are borrowed from.
        var fullestLent: Int64 = 0
        /// Allowed from what was borrowed.
        var lent = 0
        var mostLeases = 0

        static func += (left: inout Counts, right: Counts) {
            left.asked += right.asked
            left.allowed += right.allowed
            left.denied += right.denied
            left.degraded += right.degraded
            left.atOnce += right.atOnce
            left.leases += right.leases
            left.losses += right.losses
            left.fullest = max(left.fullest, right.fullest)
            left.fullestLent = max(left.fullestLent, right.fullestLent)
            left.lent += right.lent
            left.mostLeases = max(left.mostLeases, right.mostLeases)
        }
    }

    init(_ world: SimulatedWorld, clockOffset: Int64, slack: Int64) {
        self.world = world
        self.clockOffset = clockOffset
        self.slack = slack
    }

    /// Questions that nobody has answered.
    var open: Int { questions.count }
    /// What happened so far.
    var counts: Counts {
        var counts = counted
        counts.fullest = ledgers.filter { $0.key.host == nil }.values.map(\.fullest).max() ?? 0
        let lent = ledgers.filter { $0.key.host == nil && SimulatedPolicies.isLent($0.key.policy) }
        counts.fullestLent = lent.values.map(\.fullest).max() ?? 0
        counts.mostLeases = leaseLedgers.values.map(\.most).max() ?? 0
        return counts
    }

    /// Decisions so far that were made without Redis.
    var degraded: Int { counted.degraded }

    /// The store has lost what it acknowledged: what was admitted before counts no more, nor what was borrowed.
    func dataLost() {
        counted.losses += 1
        forgivenUntil = world.now
        for (cell, ledger) in ledgers where cell.host == nil {
            let borrowed = SimulatedPolicies.isLent(cell.policy) ? ledger.bound.period : 0
            ledgers[cell]?.forgive(until: world.now + borrowed)
        }
        for value in leaseLedgers.keys { leaseLedgers[value]?.forgive(until: world.now) }
    }

    // MARK: Questions

    /// Somebody asks.
    /// - Returns: What to tell ``answered(_:_:)`` with.
    func asks(_ question: Question) -> Int {
        lastQuestion += 1
        counted.asked += 1
        var question = question
        question.askedAt = world.now
        question.busyThen = question.instance.busy
        questions[lastQuestion] = question
        if question.operation == .refund {
            for (rule, value) in question.values.enumerated() {
                change(Cell(policy: question.policy, rule: rule, value: value)) {
                    $0.refund(question.cost, askedAt: world.now)
                    return nil
                }
            }
        }
        return lastQuestion
    }

    /// Somebody is answered.
    func answered(_ number: Int, _ answer: Result<SharedAnswer, SluiceError>, isAtOnce: Bool = false) {
        guard let question = questions.removeValue(forKey: number) else {
            return world.breaks("a question is answered twice")
        }
        world.note(UInt64(number))
        if isAtOnce { counted.atOnce += 1 }
        if isAtOnce, case .success(let answer) = answer, answer.decision.isAllowed { counted.lent += 1 }
        let late = world.now - question.askedAt - Simulation.timeout.wholeNanoseconds - Self.step
        if late > question.instance.busy - question.busyThen {
            world.breaks("an answer to \(question.operation) of \(question.policy) came \(late) ns too late")
        }
        guard case .success(let answer) = answer else { return }
        world.note(answer.decision.isAllowed ? 1 : 2)
        judge(answer, question)
    }

    private func judge(_ answer: SharedAnswer, _ question: Question) {
        let isDegraded = answer.decision.isDegraded
        if isDegraded { counted.degraded += 1 }
        let isCharge = question.operation.charges
        if question.mustPass, isDegraded || !answer.decision.isAllowed {
            world.breaks("after a long rest \(question.cost) of \(question.policy) do not pass: \(answer.decision)")
        }
        guard answer.decision.isAllowed else {
            counted.denied += 1
            if isDegraded, isCharge, SimulatedPolicies.choice(of: question.policy) == .allow {
                world.breaks("\(question.policy) denies without Redis, though it is to allow")
            }
            if answer.lease != nil { world.breaks("a denial comes with a lease") }
            return
        }
        guard isCharge else { return }
        counted.allowed += 1
        if isDegraded, SimulatedPolicies.choice(of: question.policy) == .deny {
            world.breaks("\(question.policy) allows without Redis, though it is to deny")
        }
        guard !question.instance.isKilled else { return }
        if question.policy == "slots" { return took(answer.lease, question) }
        if isDegraded, SimulatedPolicies.choice(of: question.policy) == .allow { return }
        for (rule, value) in question.values.enumerated() {
            let host = isDegraded ? question.instance.host : nil
            change(Cell(policy: question.policy, rule: rule, value: value, host: host)) {
                $0.admit(question.cost, askedAt: question.askedAt, answeredAt: world.now)
            }
        }
    }

    private func change(_ cell: Cell, _ change: (inout AdmissionLedger) -> String?) {
        if ledgers[cell] == nil {
            let bounds = SimulatedPolicies.bounds(of: cell.policy, clockOffset: clockOffset)
            guard cell.rule < bounds.count else { return }
            // By itself an instance goes by its own clock, of which nothing is known here but that it drifts.
            let isStore = cell.host == nil
            var ledger = AdmissionLedger(
                isStore ? bounds[cell.rule] : bounds[cell.rule].anywhere, slack: isStore ? slack : 2_000_000)
            if isStore {
                ledger.forgive(
                    until: forgivenUntil + (SimulatedPolicies.isLent(cell.policy) ? ledger.bound.period : 0))
            }
            ledgers[cell] = ledger
        }
        guard var ledger = ledgers.removeValue(forKey: cell) else { return }
        let wrong = change(&ledger)
        ledgers[cell] = ledger
        if let wrong {
            world.breaks("over the limit of \(cell.policy) \(cell.value), host \(cell.host ?? 0): \(wrong)")
        }
    }

    // MARK: Leases

    private func took(_ lease: Lease?, _ question: Question) {
        guard let lease, let value = question.values.first else {
            return world.breaks("an allowed request for a lease comes without one")
        }
        counted.leases += 1
        leases.append((lease, value))
        lessor(value) { $0.take(lease.id, askedAt: question.askedAt, answeredAt: world.now) }
    }

    private func lessor(_ value: String, _ change: (inout LeaseLedger) -> String?) {
        var ledger =
            leaseLedgers[value]
            ?? LeaseLedger(
                count: SimulatedPolicies.leases, duration: SimulatedPolicies.leaseTime.wholeNanoseconds, slack: slack)
        let wrong = change(&ledger)
        leaseLedgers[value] = ledger
        if let wrong { world.breaks("\(value): \(wrong)") }
    }

    /// Takes out a lease that somebody holds, to give it back.
    func takeLease() -> (lease: Lease, value: String)? {
        guard !leases.isEmpty else { return nil }
        let place = Int(world.random.number(in: 0...Int64(leases.count - 1)))
        let taken = leases.remove(at: place)
        lessor(taken.value) {
            $0.releases(taken.lease.id)
            return nil
        }
        return taken
    }

    /// A renewal was answered.
    func renewed(_ lease: Lease, _ value: String, _ isHeld: Bool, askedAt: Int64) {
        lessor(value) { $0.renewed(lease.id, isHeld, askedAt: askedAt, answeredAt: world.now) }
    }
}

extension AdmissionLedger.Bound {
    /// The same for a clock of which nothing is known.
    fileprivate var anywhere: AdmissionLedger.Bound {
        guard case .window(let count, let period, _) = self else { return self }
        // Any span of a period touches two windows at most.
        return .log(count: 2 * count, period: period)
    }
}
