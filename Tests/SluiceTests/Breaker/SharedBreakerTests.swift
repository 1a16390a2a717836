import SluiceTesting
import Synchronization
import Testing

@testable import Sluice

@Suite("Breakers that agree")
struct SharedBreakerTests {
    private struct Down: Error {}

    /// A store that can be cut off, and counts what it is asked.
    private final class Cuttable: BreakerStore {
        let store: MemoryBreakerStore
        let isCut = Atomic<Bool>(false)
        let asked = Atomic<Int>(0)

        init(_ time: TimeSource) { store = MemoryBreakerStore(time: time) }

        func agree(on name: String, _ request: BreakerRequest) async throws -> BreakerAgreement {
            asked.wrappingAdd(1, ordering: .relaxed)
            if isCut.load(ordering: .relaxed) { throw Down() }
            return try await store.agree(on: name, request)
        }
    }

    private let time = ManualTime()
    private let store: Cuttable

    init() { store = Cuttable(.provided(by: time)) }

    private func breaker() -> CircuitBreaker {
        let configuration = BreakerConfiguration(
            failuresInARow: 2, backOff: BackOff(first: .seconds(5), longest: .seconds(300), jitter: .none),
            probeDeadline: .seconds(30))
        return CircuitBreaker(
            "model", configuration, sharing: BreakerSharing(store, staleness: .seconds(1)), time: .provided(by: time))
    }

    private func fail(_ breaker: CircuitBreaker, _ times: Int = 1) async {
        for _ in 0..<times { try? await breaker.run { throw Down() } }
        await breaker.synchronize()
    }

    private func isRefused(_ breaker: CircuitBreaker) async -> Bool {
        do {
            try await breaker.run {}
            return false
        } catch is CircuitOpenError { return true } catch { return false }
    }

    @Test("open together, within the staleness")
    func open() async throws {
        let (one, two) = (breaker(), breaker())
        try await two.run {}
        await fail(one, 2)
        #expect(one.state == .open(until: time.now() + .seconds(5)))
        time.advance(by: .milliseconds(999))
        #expect(await isRefused(two) == false, "what it knows is new enough")
        time.advance(by: .milliseconds(1))
        #expect(await isRefused(two))
        #expect(two.state == one.state)
        let late = breaker()
        #expect(await isRefused(late), "one that starts later learns it before its first call")
    }

    @Test("let one of them probe, and close together when that succeeds")
    func probe() async throws {
        let (one, two) = (breaker(), breaker())
        await fail(one, 2)
        #expect(await isRefused(two))
        time.advance(by: .seconds(5))
        let time = time
        let probe = Task { try await two.run { try await time.sleep(until: time.now() + .seconds(3)) } }
        await time.untilSleepers(1)
        #expect(await isRefused(one))
        #expect(one.state == .open(until: time.now() + .seconds(30)), "as long as the other may take")
        time.advance(by: .seconds(3))
        try await probe.value
        await two.synchronize()
        #expect(two.state == .closed)
        #expect(await isRefused(one) == false)
        #expect(one.state == .closed)
    }

    @Test("open for longer, all of them, when a probe fails, whoever made it")
    func probeFails() async throws {
        let breakers = [breaker(), breaker(), breaker()]
        await fail(breakers[0], 2)
        for wait in [5, 10, 20, 40, 80, 160, 300, 300] as [Int64] {
            for breaker in breakers { #expect(await isRefused(breaker)) }
            for breaker in breakers { #expect(breaker.state == .open(until: time.now() + .seconds(wait))) }
            time.advance(by: .seconds(wait))
            await fail(breakers[Int(wait) % 3])
            time.advance(by: .seconds(1))
            for breaker in breakers { await breaker.synchronize() }
            time.set(to: time.now())
            guard case .open(let until) = breakers[0].state else {
                Issue.record("\(breakers[0].state)")
                return
            }
            #expect(until == time.now() + .seconds(min(wait * 2, 300) - 1))
            // Back to the moment at which it opened, so that the next round begins like this one.
            time.set(to: until + .seconds(-min(wait * 2, 300)))
        }
    }

    @Test("give another one the probe when the first is never heard of again")
    func lostProbe() async throws {
        let (one, two) = (breaker(), breaker())
        await fail(one, 2)
        time.advance(by: .seconds(5))
        let time = time
        let stuck = Task { try await one.run { try await time.sleep(until: time.now() + .hours(1)) } }
        await time.untilSleepers(1)
        #expect(await isRefused(two))
        time.advance(by: .seconds(30))
        try await two.run {}
        await two.synchronize()
        #expect(await isRefused(one) == false)
        #expect((one.state, two.state) == (.closed, .closed))
        stuck.cancel()
        await #expect(throws: CancellationError.self) { try await stuck.value }
        #expect((one.state, two.state) == (.closed, .closed))
    }

    @Test("go by what each sees while the store is gone, and agree again afterwards")
    func storeGone() async throws {
        let (one, two) = (breaker(), breaker())
        var events = one.events.makeAsyncIterator()
        try await one.run {}
        try await two.run {}
        store.isCut.store(true, ordering: .relaxed)
        await fail(one, 2)
        let opened = one.state
        #expect(opened == .open(until: time.now() + .seconds(5)))
        time.advance(by: .seconds(1))
        #expect(await isRefused(two) == false)
        // It probes without asking anybody, and opens for longer.
        time.advance(by: .seconds(4))
        await fail(one)
        #expect(one.state == .open(until: time.now() + .seconds(10)))
        store.isCut.store(false, ordering: .relaxed)
        await one.synchronize()
        time.advance(by: .seconds(5))
        #expect(await isRefused(two))
        #expect(two.state == one.state)
        var kinds: [CircuitBreaker.Event.Kind] = []
        for _ in 0..<5 { if let event = await events.next() { kinds.append(event.kind) } }
        #expect(kinds.contains(.sharingLost("Down()")) && kinds.contains(.sharingRestored))
        #expect(kinds.count { if case .sharingLost = $0 { true } else { false } } == 1)
    }

    @Test("say again what a store that lost everything has forgotten")
    func storeForgets() async throws {
        let (one, two) = (breaker(), breaker())
        await fail(one, 2)
        #expect(await isRefused(two))
        let now = time.now()
        // The record has run out by the time that the store is asked next; the breaker is still open by its own.
        _ = try await store.store.agree(
            on: "model", BreakerRequest(.close, generation: 1, waits: 0, keep: .nanoseconds(1)))
        time.set(to: now + .seconds(1))
        #expect(await isRefused(one))
        await one.synchronize()
        await one.synchronize()
        let agreement = try await store.store.agree(
            on: "model", BreakerRequest(.look, generation: 0, waits: 0, keep: .zero))
        #expect(agreement.refusedFor == .seconds(4))
        #expect(one.state == .open(until: now + .seconds(5)))
    }

    @Test("ask the store once in a staleness, and not at all while nobody asks them")
    func seldom() async throws {
        let breaker = breaker()
        for _ in 0..<1_000 {
            try await breaker.run {}
            time.advance(by: .milliseconds(10))
        }
        #expect(store.asked.load(ordering: .relaxed) == 10)
        time.advance(by: .hours(1))
        #expect(store.asked.load(ordering: .relaxed) == 10)
        store.isCut.store(true, ordering: .relaxed)
        for _ in 0..<3_000 {
            try await breaker.run {}
            time.advance(by: .milliseconds(10))
        }
        // After 1, 2, 4 and then every 5 seconds.
        #expect(store.asked.load(ordering: .relaxed) == 10 + 8)
    }

    @Test("do what an operator says, all of them")
    func operators() async throws {
        let (one, two) = (breaker(), breaker())
        one.open(for: .minutes(10))
        await one.synchronize()
        #expect(await isRefused(two))
        #expect(two.state == .open(until: time.now() + .minutes(10)))
        two.reset()
        await two.synchronize()
        time.advance(by: .seconds(1))
        #expect(await isRefused(one) == false)
    }

    /// A call that has not ended yet.
    private struct Call {
        var breaker: CircuitBreaker
        var ticket: CircuitBreaker.StateMachine.Ticket
    }

    /// How many probe now, and have not taken longer than a probe may.
    private func probing(_ breakers: [CircuitBreaker]) -> Int {
        breakers.count { breaker in
            breaker.inside.withLock { inside in
                guard case .halfOpen(let probes) = inside.standing.machine.state else { return false }
                return time.now() - probes.since < .seconds(30)
            }
        }
    }

    @Test("never let two instances probe at one time, and agree in the end, whatever happens", arguments: 0..<40)
    func random(_ seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let breakers = (0..<4).map { _ in breaker() }
        var calls: [Call] = []
        var probes = 0
        for _ in 0..<600 {
            time.advance(by: .milliseconds(random.number(in: 0...6_000)))
            if random.chance(50), !calls.isEmpty {
                let call = calls.remove(at: Int(random.number(in: 0...Int64(calls.count - 1))))
                let verdict: FailureVerdict = random.chance(60) ? .failure : random.chance(80) ? .success : .ignored
                call.breaker.settle(call.ticket, since: time.now(), verdict)
                if random.chance(70) { await call.breaker.synchronize() }
            } else {
                let breaker = random.pick(breakers)
                if case (.pass(let ticket), _) = await breaker.answer(for: .traffic) {
                    calls.append(Call(breaker: breaker, ticket: ticket))
                }
            }
            let now = probing(breakers)
            #expect(now <= 1, "seed \(seed)")
            probes += now
        }
        #expect(probes > 0, "seed \(seed)")
        for call in calls { call.breaker.settle(call.ticket, since: time.now(), .ignored) }
        // It works again: whoever may probes, and the others hear of it.
        for _ in 0..<2 {
            time.advance(by: .seconds(300))
            for breaker in breakers { try? await breaker.run {} }
        }
        for breaker in breakers { await breaker.synchronize() }
        #expect(breakers.allSatisfy { $0.state == .closed }, "seed \(seed)")
    }
}
