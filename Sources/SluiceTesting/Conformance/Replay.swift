import Sluice

/// Plays a trace on a decider and holds it against the oracle.
struct Replay<D: Decider> {
    /// How near the decider must come to the oracle.
    enum Exactness {
        /// The same decision, number by number.
        case same
        /// Never more than the oracle admits; less is all right.
        case neverMore
    }

    /// What a step broke; the suite adds seed and steps.
    struct Mismatch: Error {
        var message: String
    }

    let decider: D
    let exactness: Exactness
    private let resolution: Int64
    private var policies: [Policy]
    private var oracle: PolicyOracle
    private(set) var coverage = ConformanceCoverage()
    private(set) var now: Int64
    private var lastRetry: Int64?
    private var leases: [(lease: Lease, held: PolicyOracle.HeldLease)] = []

    private static var millisecond: Int64 { 1_000_000 }
    /// Larger remainders are not used up call by call.
    private static var mostCallsOfAProbe: Int64 { 40 }

    init(_ decider: D, _ policies: [Policy], _ exactness: Exactness) {
        self.decider = decider
        self.exactness = exactness
        self.policies = policies
        oracle = PolicyOracle(policies)
        resolution = max(1, decider.resolution.wholeNanoseconds)
        now = decider.start.nanoseconds
        moveTo(now)
    }

    private var moment: Timestamp { Timestamp(nanoseconds: now) }

    /// Moves to a moment, rounded up to what the decider tells apart.
    private mutating func moveTo(_ moment: Int64) {
        now = moment.dividedRoundingUp(by: resolution) * resolution
    }

    mutating func play(_ step: TraceStep) async throws {
        switch step {
        case .decide(let request): try await decide(request)
        case .peek(let request): try await peek(request)
        case .refund(let request): try await refund(request)
        case .settle(let request, let actual): try await settle(request, actual)
        case .hold(let request, let rule, let span): try await hold(request, rule, span)
        case .lift(let request, let rule): try await lift(request, rule)
        case .reset(let request):
            do {
                try await decider.reset(request.policy, request.descriptor, at: moment)
            } catch let error as SluiceError where error.code == .missingKey {
                // So does the next decision, which is compared.
            }
            oracle.reset(request.policy, request.descriptor)
        case .acquire(let request): try await acquire(request)
        case .renew(let index): try await renew(index)
        case .release(let index): try await release(index)
        case .wait(let span): moveTo(now + span)
        case .waitForRetry(let offset): moveTo(max(now, (lastRetry ?? now) + offset))
        case .waitForMultiple(let period, let offset):
            moveTo(max(now, (now.dividedRoundingDown(by: period) + 1) * period + offset))
        case .stepBack(let span): moveTo(now - span)
        case .replacePolicies(let policies):
            try await decider.replacePolicies(with: policies)
            oracle.replacePolicies(with: policies)
            self.policies = policies
        case .probeRetry(let request): try await probeRetry(request)
        case .probeRemaining(let request): try await probeRemaining(request)
        }
    }

    // MARK: - Decisions

    @discardableResult
    private mutating func decide(_ request: TraceRequest) async throws -> Decision? {
        if exactness == .neverMore { oracle.forget(request.policy, request.descriptor, at: moment) }
        let decision = try await call { [decider, moment] in
            try await decider.decide(request.policy, request.descriptor, cost: request.cost, at: moment)
        }
        var expected = oracle.decide(request, charging: exactness == .same, at: moment, guess: decision)
        if exactness == .neverMore, decision?.isAllowed == (expected?.reason == nil) {
            expected = oracle.decide(request, charging: true, at: moment)
        }
        return try compare(decision, expected, request, "decide")
    }

    @discardableResult
    private mutating func peek(_ request: TraceRequest) async throws -> Decision? {
        let decision = try await call { [decider, moment] in
            try await decider.peek(request.policy, request.descriptor, cost: request.cost, at: moment)
        }
        let expected = oracle.decide(request, charging: false, at: moment, guess: decision)
        return try compare(decision, expected, request, "peek")
    }

    private mutating func refund(_ request: TraceRequest) async throws {
        let decision = try await call { [decider, moment] in
            try await decider.refund(request.policy, request.descriptor, cost: request.cost, at: moment)
        }
        let expected = oracle.refund(
            request.policy, request.descriptor, cost: request.cost, at: moment, guess: decision)
        try compare(decision, expected, request, "refund")
    }

    /// A decision, or `nil` where a strict policy misses a key.
    private func call(_ call: () async throws -> Decision) async throws -> Decision? {
        do {
            return try await call()
        } catch let error as SluiceError where error.code == .missingKey {
            return nil
        }
    }

    @discardableResult
    private mutating func compare(
        _ decision: Decision?, _ expected: ExpectedDecision?, _ request: TraceRequest, _ call: String
    ) throws -> Decision? {
        guard let decision, let expected else {
            guard decision == nil, expected == nil else {
                throw Mismatch(message: "\(call) \(request): \(decision == nil ? "threw missingKey" : "misses a key")")
            }
            return nil
        }
        coverage.note(decision)
        if !decision.isAllowed { lastRetry = decision.retryAfter.map { now.saturatingAdding($0.wholeNanoseconds) } }
        switch exactness {
        case .same:
            if let mismatch = expected.mismatch(with: decision) {
                throw Mismatch(message: "\(call) \(request): \(mismatch)")
            }
        case .neverMore:
            if decision.isAllowed, let reason = expected.reason {
                throw Mismatch(message: "\(call) \(request): allowed, though the oracle says \(reason.rawValue)")
            }
        }
        return decision
    }

    // MARK: - Law 3

    private mutating func probeRetry(_ request: TraceRequest) async throws {
        guard let first = try await peek(request), !first.isAllowed, let retry = first.retryAfter else { return }
        coverage.retries += 1
        let moment = now.saturatingAdding(retry.wholeNanoseconds)
        let rules = policies.first { $0.name == request.policy }?.rules ?? []
        let early = (moment - Self.millisecond).dividedRoundingDown(by: resolution) * resolution
        // While a shrunk limit recovers, retryAfter is told by the limit as it stands: at the latest then.
        if early >= now, !rules.contains(where: \.shrinks) {
            now = early
            if let decision = try await peek(request), decision.isAllowed {
                throw Mismatch(message: "\(request) passes a millisecond before retryAfter \(retry)")
            }
        }
        moveTo(moment)
        if let decision = try await peek(request), !decision.isAllowed {
            throw Mismatch(message: "\(request) does not pass at retryAfter \(retry): \(decision)")
        }
    }

    private mutating func probeRemaining(_ request: TraceRequest) async throws {
        var request = request
        request.cost = 1
        let rules = policies.first { $0.name == request.policy }?.rules ?? []
        guard let first = try await decide(request), first.isAllowed, first.rule != nil,
            first.remaining <= Self.mostCallsOfAProbe, !rules.contains(where: { $0.cost ?? 1 != 1 })
        else { return }
        coverage.remainders += 1
        for call in 0..<first.remaining {
            guard let decision = try await decide(request), decision.isAllowed else {
                throw Mismatch(message: "\(request): call \(call) of \(first.remaining) remaining does not pass")
            }
        }
        if let decision = try await decide(request), decision.isAllowed {
            throw Mismatch(message: "\(request): more than the \(first.remaining) remaining pass")
        }
    }
}

// MARK: - Told, not asked

extension Replay {
    private mutating func settle(_ request: TraceRequest, _ actual: Int64) async throws {
        let decision = try await call { [decider, moment] in
            try await decider.settle(
                request.policy, request.descriptor, estimate: request.cost, actual: actual, at: moment)
        }
        let expected = oracle.settle(request, actual: actual, at: moment, guess: decision)
        try compare(decision, expected, request, "settle at \(actual)")
    }

    private mutating func hold(_ request: TraceRequest, _ rule: String, _ span: Int64) async throws {
        let expected = oracle.hold(request.policy, rule, request.descriptor, for: span, at: moment)
        do {
            try await decider.hold(
                request.policy, rule: rule, request.descriptor, for: .nanoseconds(span), at: moment)
            guard expected else { throw Mismatch(message: "hold \(rule): was taken, though it cannot be held") }
        } catch let error as SluiceError where !expected && (error.code == .missingKey || error.code == .unsupported) {
            // As the oracle says.
        }
    }

    private mutating func lift(_ request: TraceRequest, _ rule: String) async throws {
        let expected = oracle.lift(request.policy, rule, request.descriptor)
        do {
            try await decider.lift(request.policy, rule: rule, request.descriptor, at: moment)
            guard expected else { throw Mismatch(message: "lift \(rule): was taken, though it cannot be held") }
        } catch let error as SluiceError where !expected && (error.code == .missingKey || error.code == .unsupported) {
            // As the oracle says.
        }
    }
}

// MARK: - Leases

extension Replay {
    private mutating func acquire(_ request: TraceRequest) async throws {
        let (expected, held) = oracle.acquire(request.policy, request.descriptor, at: moment)
        let (decision, lease) = try await decider.acquire(request.policy, request.descriptor, at: moment)
        try compare(decision, expected, request, "acquire")
        let wantsLease = !(held?.slots.isEmpty ?? true)
        guard (lease != nil) == wantsLease else {
            throw Mismatch(message: "acquire \(request): \(lease == nil ? "no" : "a") lease with \(decision)")
        }
        if let lease, let held { leases.append((lease, held)) }
    }

    private mutating func renew(_ index: Int) async throws {
        guard !leases.isEmpty else { return }
        let (lease, held) = leases[index % leases.count]
        let expected = oracle.renew(held, at: moment)
        let found = try await decider.renew(lease, at: moment)
        guard found == expected else { throw Mismatch(message: "renew: expected \(expected), got \(found)") }
    }

    private mutating func release(_ index: Int) async throws {
        guard !leases.isEmpty else { return }
        let (lease, held) = leases[index % leases.count]
        let expected = oracle.release(held, at: moment)
        let found = try await decider.release(lease, at: moment)
        guard found == expected else { throw Mismatch(message: "release: expected \(expected), got \(found)") }
    }
}

extension Rule {
    fileprivate var shrinks: Bool {
        if case .shrink = penalty?.kind { true } else { false }
    }
}

extension PolicyOracle {
    fileprivate mutating func decide(
        _ request: TraceRequest, charging: Bool, at now: Timestamp, guess: Decision? = nil
    ) -> ExpectedDecision? {
        decide(
            request.policy, request.descriptor, cost: request.cost, charging: charging, at: now, guess: guess)
    }
}
