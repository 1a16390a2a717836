extension Breaker {
    /// The state of a breaker and what becomes of it; no clock, no lock, no chance: all of them are handed in.
    package struct StateMachine: Sendable {
        /// What the breaker does now.
        package enum State: Hashable, Sendable {
            /// Everything passes. Opens when too many fail.
            case closed(Results)
            /// Nothing passes before `until`; the first who asks from then on is a probe, and makes it half open.
            /// `waits` counts how often it has opened since it was last closed.
            case open(until: Timestamp, waits: Int)
            /// A few pass. Closes when all of them succeed, opens for longer when one fails.
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

        package private(set) var state: State
        private let configuration: BreakerConfiguration
        /// Counts changes of state: what becomes of a request that was let through before the last one says nothing
        /// about the present.
        private var generation: UInt64 = 0

        package init(_ configuration: BreakerConfiguration, at now: Timestamp) {
            self.configuration = configuration
            state = .closed(Results(since: now))
        }

        /// May a request pass?
        package mutating func ask(at now: Timestamp) -> Answer {
            switch state {
            case .closed: break
            case .open(let until, let waits):
                guard now >= until else { return .refuse(until: until) }
                become(.halfOpen(Probes(sent: 1, since: now, waits: waits)))
            case .halfOpen(var probes):
                if probes.sent < configuration.probes {
                    probes.sent += 1
                    probes.since = now
                    state = .halfOpen(probes)
                } else if now >= probes.since + configuration.probeDeadline {
                    // Those who were let through never told how it went; others try in their place.
                    become(.halfOpen(Probes(sent: 1, since: now, waits: probes.waits)))
                } else {
                    return .refuse(
                        until: min(now + configuration.firstWait, probes.since + configuration.probeDeadline))
                }
            }
            return .pass(Ticket(generation: generation))
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
        /// - Parameter random: 64 random bits, for the jitter of the wait.
        package mutating func failed(_ ticket: Ticket, at now: Timestamp, random: UInt64) {
            guard ticket.generation == generation else { return }
            switch state {
            case .closed(var results):
                results.count(isFailure: true, at: now, window: configuration.window)
                if results.areTooBad(configuration) {
                    open(at: now, after: 0, random: random)
                } else {
                    state = .closed(results)
                }
            case .halfOpen(let probes): open(at: now, after: probes.waits, random: random)
            case .open: break
            }
        }

        /// A request that was let through was given up by its caller: it says nothing, and another may probe.
        package mutating func abandoned(_ ticket: Ticket) {
            guard ticket.generation == generation, case .halfOpen(var probes) = state else { return }
            probes.sent -= 1
            state = .halfOpen(probes)
        }

        private mutating func open(at now: Timestamp, after waits: Int, random: UInt64) {
            become(.open(until: now + configuration.wait(after: waits, random: random), waits: waits + 1))
        }

        private mutating func become(_ next: State) {
            state = next
            generation += 1
        }
    }
}

extension Breaker.StateMachine.Results {
    fileprivate mutating func count(isFailure: Bool, at now: Timestamp, window: Duration) {
        let age = now - since
        if age >= window / 2 {
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
