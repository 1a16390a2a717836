import SluiceTesting

@testable import Sluice

/// Instances that share a breaker through a store, over a network that delays and loses, with clocks that differ.
///
/// It has what a breaker's tasks do, in one thread: ask the store when it is time to, then the state machine, then call
/// the endpoint, and tell what became of it.
final class BreakerSimulation {
    private final class Instance {
        let clock: SimulatedClock
        var standing: CircuitBreaker.Standing
        /// Numbers questions to the store: an answer to an earlier one is for nobody.
        var question = 0
        /// Calls that are out.
        var calls = 0

        init(_ clock: SimulatedClock, _ standing: CircuitBreaker.Standing) {
            (self.clock, self.standing) = (clock, standing)
        }
    }

    static let configuration = BreakerConfiguration(
        failuresInARow: 3, failurePercent: 101, backOff: BackOff(first: .milliseconds(200), longest: .seconds(4)),
        probes: 2, probeDeadline: .milliseconds(500))
    static let staleness = Duration.milliseconds(100)
    /// How long an answer of the store is waited for.
    private static let patience: Int64 = 50_000_000
    /// How long a call takes at most.
    private static let longestCall: Int64 = 40_000_000

    private struct NoStore: BreakerStore {
        func agree(on name: String, _ request: BreakerRequest) async throws -> BreakerAgreement {
            throw SluiceError(.storeFailed, "nobody asks this store")
        }
    }

    let world: SimulatedWorld
    private var instances: [Instance] = []
    private var record: BreakerRecord?
    private var works = true
    private let losesMessages: Bool
    private var isPressed = true
    /// Calls that reached the endpoint while it did not work, since it last did.
    private var feltCalls = 0
    private var downSince: Int64 = 0
    private(set) var calls = 0
    private(set) var outages = 0

    init(seed: UInt64) {
        world = SimulatedWorld(seed: seed)
        losesMessages = world.random.chance(50)
        let sharing = BreakerSharing(NoStore(), staleness: Self.staleness)
        instances = (0..<Int(world.random.number(in: 2...5))).map { _ in
            let clock = SimulatedClock(
                world: world, offset: world.random.number(in: 0...2_000_000_000_000_000_000),
                drift: world.random.number(in: -500...500))
            return Instance(clock, CircuitBreaker.Standing(Self.configuration, sharing, at: clock.now()))
        }
    }

    /// Lets callers call and the endpoint fail for so many steps, and then everything be well.
    /// - Returns: The law that was broken.
    func run(steps: Int) -> String? {
        for instance in instances { next(instance) }
        change()
        world.run(until: .max) { world.steps >= steps }
        (isPressed, works) = (false, true)
        // Whoever asks from now on does so until all of them agree that it works.
        for _ in 0..<40 where world.violation == nil {
            for instance in instances { attempt(instance) }
            world.run(until: world.now + 500_000_000)
        }
        for instance in instances {
            if case .closed = instance.standing.machine.state { continue }
            world.breaks("the endpoint works, and a breaker stays open")
        }
        if instances.contains(where: { $0.calls > 0 }) { world.breaks("a call never ends") }
        return world.violation.map { "seed \(world.seed): \($0)" }
    }

    private func next(_ instance: Instance) {
        world.after(world.random.number(in: 0...20_000_000)) { [self] in
            guard isPressed else { return }
            attempt(instance)
            next(instance)
        }
    }

    private func change() {
        world.after(world.random.number(in: 200_000_000...20_000_000_000)) { [self] in
            guard isPressed else { return }
            works.toggle()
            if !works { (feltCalls, downSince, outages) = (0, world.now, outages + 1) }
            change()
        }
    }

    // MARK: A caller

    private func attempt(_ instance: Instance, asking tries: Int = 3) {
        let now = instance.clock.now()
        if tries > 0, let request = instance.standing.nextRequest(for: .answer(.traffic), at: now) {
            return agree(instance, request) { [self] isAnswered in
                var isProbe = false
                if case .probe = request.operation { isProbe = true }
                attempt(instance, asking: isAnswered && !isProbe ? tries - 1 : 0)
            }
        }
        guard case .pass(let ticket) = instance.standing.ask(at: now, for: .traffic) else { return }
        if case .open = instance.standing.machine.state { world.breaks("an open breaker lets a call pass") }
        if case .halfOpen(let probes) = instance.standing.machine.state, probes.sent > Self.configuration.probes {
            world.breaks("a half-open breaker lets \(probes.sent) calls pass")
        }
        call(instance, ticket)
    }

    private func call(_ instance: Instance, _ ticket: CircuitBreaker.StateMachine.Ticket) {
        calls += 1
        instance.calls += 1
        let fails = !works
        if fails { feel() }
        world.after(world.random.number(in: 1_000_000...Self.longestCall)) { [self] in
            instance.calls -= 1
            let now = instance.clock.now()
            if world.once(in: 40) {
                instance.standing.machine.abandoned(ticket, at: now)
            } else if fails {
                instance.standing.machine.failed(ticket, at: now, random: world.random.next())
            } else {
                instance.standing.machine.succeeded(ticket, at: now)
            }
            tell(instance)
        }
    }

    /// An endpoint that does not work is called by each instance until it has failed often enough or has heard of it,
    /// and then only by probes, further and further apart.
    private func feel() {
        feltCalls += 1
        guard !losesMessages else { return }
        let first = Int64(instances.count) * 2 * Int64(Self.configuration.failuresInARow + Self.configuration.probes)
        // With full jitter a wait may be short; on the average they are half of the longest, one after the other.
        let probes = 40 + (world.now - downSince) / 50_000_000
        if Int64(feltCalls) > first * 3 + probes {
            world.breaks("an endpoint that does not work is called \(feltCalls) times")
        }
    }

    private func tell(_ instance: Instance) {
        guard let request = instance.standing.nextRequest(for: .tell, at: instance.clock.now()) else { return }
        agree(instance, request) { [self] isAnswered in if isAnswered { tell(instance) } }
    }

    // MARK: The store

    private func agree(_ instance: Instance, _ request: BreakerRequest, _ done: @escaping (Bool) -> Void) {
        instance.question += 1
        let number = instance.question
        let isLost = losesMessages && isPressed && world.random.chance(5)
        let isAnswerLost = losesMessages && isPressed && world.random.chance(5)
        world.after(world.random.number(in: 100_000...5_000_000)) { [self] in
            guard !isLost else { return }
            let agreement = BreakerRecord.agree(&record, request, at: Timestamp(nanoseconds: world.now))
            guard !isAnswerLost else { return }
            world.after(world.random.number(in: 100_000...5_000_000)) {
                guard instance.question == number else { return }
                instance.question += 1
                instance.standing.agreed(agreement, at: instance.clock.now())
                done(true)
            }
        }
        world.after(Self.patience) {
            guard instance.question == number else { return }
            instance.question += 1
            _ = instance.standing.unanswered(isStoreFault: true, at: instance.clock.now())
            done(false)
        }
    }
}
