extension CircuitBreaker {
    /// The state of a breaker and what becomes of it; no clock, no lock, no chance: all of them are handed in.
    package struct StateMachine: Sendable {
        /// What the breaker does now.
        package enum State: Hashable, Sendable {
            /// Everything passes. Opens when too many fail.
            case closed(Results)
            /// Nothing passes before `until`; the first who may probe and asks from then on makes it half open.
            /// `waits` counts how often it has opened since it was last closed.
            case open(until: Timestamp, waits: Int)
            /// A few pass. Closes when all of them succeed, opens for longer when one fails, and for no time when all
            /// are given up.
            case halfOpen(Probes)
        }

        /// What a closed breaker has seen.
        package struct Results: Hashable, Sendable {
            /// Failures since the last success.
            var failuresInARow = 0
            /// What came since `since`, and in the half window before.
            var recent = Tally()
            var earlier = Tally()
            var since: Timestamp
        }

        /// Results of a half window.
        package struct Tally: Hashable, Sendable {
            var results = 0
            var failures = 0
        }

        /// The requests that a half-open breaker has let through.
        package struct Probes: Hashable, Sendable {
            var sent: Int
            var succeeded = 0
            /// When the last of them was sent.
            var since: Timestamp
            var waits: Int
        }

        /// Permission for one request. Its outcome is to be told with it, once.
        package struct Ticket: Hashable, Sendable {
            fileprivate var generation: UInt64
        }

        /// What somebody is told who asks whether he may pass.
        package enum Answer: Hashable, Sendable {
            /// He may; he must tell how it went.
            case pass(Ticket)
            /// He may not; it makes sense to ask again at that moment.
            case refuse(until: Timestamp)
        }

        /// On whose behalf somebody asks.
        package enum Asker: Hashable, Sendable {
            /// A caller. Where health probes find out whether it works again, he waits for what they find.
            case traffic
            /// A health probe.
            case healthProbe
        }

        package private(set) var state: State
        /// Whether health probes find out when it works again, in place of traffic.
        package var hasHealthProbe = false
        /// Counts changes of state: what becomes of a request that was let through before the last one says nothing
        /// about the present.
        package private(set) var generation: UInt64 = 0
        private let configuration: BreakerConfiguration

        package init(_ configuration: BreakerConfiguration, at now: Timestamp) {
            self.configuration = configuration
            state = .closed(Results(since: now))
        }

        /// May a request pass?
        package mutating func ask(at now: Timestamp, for asker: Asker = .traffic) -> Answer {
            if case .closed = state { return .pass(Ticket(generation: generation)) }
            if let refusal = refusal(of: asker, at: now) { return .refuse(until: refusal) }
            switch state {
            case .closed: break
            case .open(_, let waits): become(.halfOpen(Probes(sent: 1, since: now, waits: waits)))
            case .halfOpen(var probes) where probes.sent < configuration.probes:
                probes.sent += 1
                probes.since = now
                state = .halfOpen(probes)
            case .halfOpen(let probes):
                // Those who were let through never told how it went; others try in their place.
                become(.halfOpen(Probes(sent: 1, since: now, waits: probes.waits)))
            }
            return .pass(Ticket(generation: generation))
        }

        /// Whether the next who asks is the first of some probes.
        package func beginsProbing(at now: Timestamp, for asker: Asker) -> Bool {
            switch state {
            case .closed: false
            case .open: refusal(of: asker, at: now) == nil
            case .halfOpen(let probes):
                probes.sent >= configuration.probes && refusal(of: asker, at: now) == nil
            }
        }

        /// Until when somebody is refused who asks while it is not closed; `nil` if he passes.
        private func refusal(of asker: Asker, at now: Timestamp) -> Timestamp? {
            let mayProbe = asker == .healthProbe || !hasHealthProbe
            switch state {
            case .closed: return nil
            case .open(let until, _):
                return now < until ? until : mayProbe ? nil : now + configuration.backOff.first
            case .halfOpen(let probes):
                let lost = probes.since + configuration.probeDeadline
                if mayProbe, probes.sent < configuration.probes || now >= lost { return nil }
                return now < lost ? min(now + configuration.backOff.first, lost) : now + configuration.backOff.first
            }
        }

        /// A request that was let through succeeded.
        package mutating func succeeded(_ ticket: Ticket, at now: Timestamp) {
            guard ticket.generation == generation else { return }
            switch state {
            case .closed(var results):
                results.count(isFailure: false, at: now, window: configuration.window)
                state = .closed(results)
            case .halfOpen(var probes):
                probes.succeeded += 1
                if probes.succeeded >= configuration.probes {
                    become(.closed(Results(since: now)))
                } else {
                    state = .halfOpen(probes)
                }
            case .open: break
            }
        }

        /// A request that was let through failed.
        /// - Parameters:
        ///   - random: 64 random bits, for the jitter of the wait.
        ///   - retryAfter: When to come back in the server's own words: it opens at once, for at least so long.
        package mutating func failed(
            _ ticket: Ticket, at now: Timestamp, random: UInt64, retryAfter: Duration? = nil
        ) {
            let wanted = retryAfter.map { min($0, configuration.longestRetryAfter) }
            guard ticket.generation == generation else {
                // What others found out has opened it; the server's word counts all the same.
                if let wanted, case .open(let until, let waits) = state, now + wanted > until {
                    become(.open(until: now + wanted, waits: waits))
                }
                return
            }
            switch state {
            case .closed(var results):
                results.count(isFailure: true, at: now, window: configuration.window)
                if wanted != nil || results.areTooBad(configuration) {
                    open(at: now, after: 0, random: random, atLeast: wanted)
                } else {
                    state = .closed(results)
                }
            case .halfOpen(let probes): open(at: now, after: probes.waits, random: random, atLeast: wanted)
            case .open: break
            }
        }

        /// A request that was let through was given up by its caller: it says nothing, and another may probe. If it was
        /// the only one, that may be any instance's.
        package mutating func abandoned(_ ticket: Ticket, at now: Timestamp) {
            guard ticket.generation == generation, case .halfOpen(var probes) = state else { return }
            probes.sent -= 1
            if probes.sent > 0 { state = .halfOpen(probes) } else { become(.open(until: now, waits: probes.waits)) }
        }

        /// Opens or stays open until a moment, because somebody else says so: another instance, an operator.
        package mutating func open(until: Timestamp, waits: Int) { become(.open(until: until, waits: waits)) }

        /// Closes because somebody else says so.
        package mutating func close(at now: Timestamp) { become(.closed(Results(since: now))) }

        private mutating func open(at now: Timestamp, after waits: Int, random: UInt64, atLeast: Duration?) {
            let wait = configuration.backOff.wait(afterFailures: waits + 1, random: random)
            become(.open(until: now + max(wait, atLeast ?? .zero), waits: waits + 1))
        }

        private mutating func become(_ next: State) {
            state = next
            generation += 1
        }
    }
}

extension CircuitBreaker.StateMachine.Results {
    fileprivate mutating func count(isFailure: Bool, at now: Timestamp, window: Duration) {
        let age = now - since
        // A half by addition: a duration is divided by 128-bit arithmetic.
        if age + age >= window {
            earlier = age < window ? recent : .init()
            recent = .init()
            since = now
        }
        recent.results += 1
        if isFailure { recent.failures += 1 }
        failuresInARow = isFailure ? failuresInARow + 1 : 0
    }

    fileprivate func areTooBad(_ configuration: BreakerConfiguration) -> Bool {
        if failuresInARow >= configuration.failuresInARow { return true }
        let results = recent.results + earlier.results
        let failures = recent.failures + earlier.failures
        return results >= configuration.leastResults && failures * 100 >= results * configuration.failurePercent
    }
}
