extension CircuitBreaker {
    /// A breaker's state, what this instance knows of the others, and when it has to ask the store; no clock, no lock,
    /// no store: all of them are handed in.
    struct Standing: Sendable {
        var machine: StateMachine
        private let probeDeadline: Duration
        private let keep: Duration
        private let staleness: Duration?
        private let storeBackOff: BackOff

        /// The number of the last change that the instances agreed on.
        private var generation: Int64 = 0
        /// The machine's state that the others know of.
        private var toldState: UInt64 = 0
        /// The machine's state that ends with a probe, as the store has granted.
        private var claimedState: UInt64?
        /// What the store is being asked, and the machine's state then.
        private var question: (request: BreakerRequest, state: UInt64)?
        private var nextLook: Timestamp
        /// Before that the store is not asked, because it failed.
        private var notBefore: Timestamp
        private var storeFailures = 0

        /// How long the store is left alone after it failed, if that is not less than the staleness.
        static let longestStoreWait = Duration.seconds(5)

        init(_ configuration: BreakerConfiguration, _ sharing: BreakerSharing?, at now: Timestamp) {
            machine = StateMachine(configuration, at: now)
            probeDeadline = configuration.probeDeadline
            keep = configuration.backOff.longest + configuration.probeDeadline + .minutes(1)
            staleness = sharing?.staleness
            let first = sharing?.staleness ?? .seconds(1)
            storeBackOff = BackOff(first: first, longest: max(first, Self.longestStoreWait), jitter: .none)
            (nextLook, notBefore) = (now, now)
        }

        /// Whether something happened here that the others do not know.
        var hasNews: Bool { staleness != nil && toldState != machine.generation && !machine.isHalfOpen }

        /// May somebody pass?
        mutating func ask(at now: Timestamp, for asker: StateMachine.Asker) -> StateMachine.Answer {
            // Nobody begins to probe whom the store has not told that he may, unless it tells nothing.
            if let staleness, machine.beginsProbing(at: now, for: asker), claimedState != machine.generation,
                question != nil || storeFailures == 0
            {
                return .refuse(until: question == nil ? now : now + staleness)
            }
            return machine.ask(at: now, for: asker)
        }

        /// Why the store might be asked.
        enum Purpose: Hashable, Sendable {
            /// Somebody wants to pass; what is known may be too old, or he would be the first of some probes.
            case answer(StateMachine.Asker)
            /// The others are to be told what happened here, if they do not know.
            case tell
            /// The same, and if there is nothing to tell, what they say is wanted now.
            case learn
        }

        /// Whether the store is being asked.
        var isAsking: Bool { question != nil }

        /// What to ask the store, or `nil` for nothing. What becomes of it is to be told by ``agreed(_:at:)`` or
        /// ``unanswered(isStoreFault:at:)``.
        mutating func nextRequest(for purpose: Purpose, at now: Timestamp) -> BreakerRequest? {
            guard question == nil else { return nil }
            // A store that fails is left alone, but for what is news or wanted now.
            if case .answer = purpose, now < notBefore { return nil }
            let operation: BreakerRequest.Operation
            if hasNews {
                if case .open(let until, _) = machine.state {
                    operation = .open(for: max(until - now, .zero))
                } else {
                    operation = .close
                }
            } else {
                switch purpose {
                case .answer(let asker) where machine.beginsProbing(at: now, for: asker):
                    operation = .probe(within: probeDeadline)
                case .answer where now >= nextLook, .learn: operation = .look
                case .answer, .tell: return nil
                }
            }
            let request = BreakerRequest(operation, generation: generation, waits: machine.waits, keep: keep)
            question = (request, machine.generation)
            return request
        }

        /// The store has answered.
        mutating func agreed(_ agreement: BreakerAgreement, at now: Timestamp) {
            guard let (request, state) = question, let staleness else { return }
            question = nil
            storeFailures = 0
            nextLook = now + staleness
            let isNew = agreement.generation != generation
            generation = agreement.generation
            switch request.operation {
            case .open, .close:
                if agreement.isGranted {
                    toldState = state
                    return
                }
            case .probe:
                if agreement.isGranted {
                    claimedState = state
                    return
                }
            case .look:
                guard isNew else { return }
                if agreement.generation == 0 {
                    // The store has forgotten everything: whoever is open says so again.
                    if case .open = machine.state { toldState = .max }
                    return
                }
            }
            // What happened here meanwhile is told first.
            if state == machine.generation { adopt(agreement, at: now) }
        }

        /// The store has not answered.
        /// - Parameter isStoreFault: Whether that is its fault, and not that of a caller who gave up.
        /// - Returns: Whether it had answered before.
        mutating func unanswered(isStoreFault: Bool, at now: Timestamp) -> Bool {
            question = nil
            guard isStoreFault else { return false }
            storeFailures += 1
            notBefore = now + storeBackOff.wait(afterFailures: storeFailures, random: 0)
            nextLook = notBefore
            return storeFailures == 1
        }

        /// Whether the store has not answered the last time.
        var isStoreLost: Bool { storeFailures > 0 }

        private mutating func adopt(_ agreement: BreakerAgreement, at now: Timestamp) {
            if let refusedFor = agreement.refusedFor {
                machine.open(until: now + refusedFor, waits: agreement.waits)
            } else if !machine.isClosed {
                machine.close(at: now)
            }
            toldState = machine.generation
        }
    }
}

extension CircuitBreaker.StateMachine {
    fileprivate var isHalfOpen: Bool { if case .halfOpen = state { true } else { false } }

    fileprivate var isClosed: Bool { if case .closed = state { true } else { false } }

    /// How often it has opened since it was last closed.
    fileprivate var waits: Int {
        switch state {
        case .closed: 0
        case .open(_, let waits): waits
        case .halfOpen(let probes): probes.waits
        }
    }
}
