import Sluice
import SluiceTesting

/// A limiter in memory, pressed by every call that it has in any order, on a clock that jumps, through reloads; judged
/// by nothing but what it admitted.
struct MemorySimulation {
    private let seed: UInt64
    private var random: SplitMix64
    private let limiter: Limiter
    private var clock: Int64
    private var ledgers: [String: AdmissionLedger] = [:]
    private var leaseLedgers: [String: LeaseLedger] = [:]
    private var leases: [(lease: Lease, user: String)] = []
    private(set) var allowed = 0
    private(set) var denied = 0
    private(set) var broken: String?

    private static let users = (0..<4).map { "user-\($0)" }

    init(seed: UInt64) throws {
        self.seed = seed
        random = SplitMix64(seed: seed)
        limiter = try Limiter(SimulatedPolicies.all())
        clock = random.number(in: 1_600_000_000_000_000_000...1_800_000_000_000_000_000)
    }

    /// The fullest that any span of any cell was, in hundredths of its bound.
    var fullest: Int64 { ledgers.values.map(\.fullest).max() ?? 0 }

    mutating func run(steps: Int) throws {
        for _ in 0..<steps where broken == nil { try step() }
    }

    private mutating func step() throws {
        moveClock()
        let now = Timestamp(nanoseconds: clock)
        let user = random.pick(Self.users)
        switch random.number(in: 0...29) {
        case 0: try limiter.replacePolicies(with: SimulatedPolicies.all())
        case 1...3: try acquire(user, now)
        case 4: renew(now)
        case 5: release(now)
        case 6: try decide(user, now, isRefund: true)
        case 7: _ = try limiter.peek(random.pick(SimulatedPolicies.names), descriptor(user, user), at: now)
        default: try decide(user, now, isRefund: false)
        }
    }

    private mutating func moveClock() {
        switch random.number(in: 0...999) {
        case 0...1: clock += random.number(in: 0...3_000_000_000)
        case 2...400: clock += random.number(in: 0...2_000_000)
        default: break
        }
    }

    private func descriptor(_ user: String, _ chat: String) -> Descriptor { [.user: user, .chat: chat] }

    private mutating func decide(_ user: String, _ now: Timestamp, isRefund: Bool) throws {
        let name = random.pick(SimulatedPolicies.names)
        let chat = random.pick(Self.users)
        let cost = random.chance(20) ? random.number(in: 1...4) : 1
        if isRefund {
            _ = try limiter.refund(name, descriptor(user, chat), cost: cost, at: now)
        } else {
            let decision = try limiter.decide(name, descriptor(user, chat), cost: cost, at: now)
            if decision.isAllowed { allowed += 1 } else { denied += 1 }
            guard decision.isAllowed else { return }
        }
        for (rule, bound) in SimulatedPolicies.bounds(of: name, clockOffset: 0).enumerated() {
            let cell = "\(name) \(rule) \(rule == 0 ? user : chat)"
            var ledger = ledgers[cell] ?? AdmissionLedger(bound, slack: 0)
            ledgers[cell] = nil
            let wrong = isRefund ? nil : ledger.admit(cost, askedAt: clock, answeredAt: clock)
            if isRefund { ledger.refund(cost, askedAt: clock) }
            ledgers[cell] = ledger
            note(wrong, of: cell)
        }
    }

    private mutating func acquire(_ user: String, _ now: Timestamp) throws {
        let (decision, lease) = try limiter.acquire("slots", descriptor(user, user), at: now)
        if decision.isAllowed != (lease != nil) { note("a lease without permission or the other way round", of: user) }
        guard let lease else { return }
        leases.append((lease, user))
        judge(user) { $0.take(lease.id, askedAt: now.nanoseconds, answeredAt: now.nanoseconds) }
    }

    private mutating func renew(_ now: Timestamp) {
        guard let (lease, user) = leases.last else { return }
        let isHeld = limiter.renew(lease, at: now)
        judge(user) { $0.renewed(lease.id, isHeld, askedAt: now.nanoseconds, answeredAt: now.nanoseconds) }
    }

    private mutating func release(_ now: Timestamp) {
        guard !leases.isEmpty else { return }
        let (lease, user) = leases.remove(at: Int(random.number(in: 0...Int64(leases.count - 1))))
        judge(user) {
            $0.releases(lease.id)
            return nil
        }
        _ = limiter.release(lease, at: now)
    }

    private mutating func judge(_ user: String, _ change: (inout LeaseLedger) -> String?) {
        var ledger =
            leaseLedgers[user]
            ?? LeaseLedger(
                count: SimulatedPolicies.leases, duration: SimulatedPolicies.leaseTime.wholeNanoseconds, slack: 0)
        let wrong = change(&ledger)
        leaseLedgers[user] = ledger
        note(wrong, of: user)
    }

    private mutating func note(_ wrong: String?, of cell: String) {
        guard broken == nil, let wrong else { return }
        broken = "seed \(seed): \(cell): \(wrong)"
    }
}
