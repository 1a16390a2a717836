import Sluice
import SluiceBots
import SluiceTesting
import Testing

@Suite("What a polling bot asks for")
struct PollingStateMachineTests {
    private let start = Timestamp(seconds: 1_000)
    private let settings = PollingSettings(patience: .seconds(10), recheck: .milliseconds(250))

    @Test("nothing in hand: it waits long, and confirms what was handled; then it says nothing of numbers")
    func idle() {
        var machine = PollingStateMachine(settings)
        #expect(machine.next(at: start) == .ask(offset: nil, timeout: settings.longPoll))
        #expect(machine.received([7, 8], for: nil, at: start) == [7, 8])
        machine.handled(8)
        machine.handled(7)
        #expect(machine.next(at: start) == .ask(offset: 9, timeout: settings.longPoll))
        #expect(machine.received([], for: 9, at: start) == [])
        #expect(machine.next(at: start) == .ask(offset: nil, timeout: settings.longPoll))
        // After a week without updates numbers begin anew, lower.
        #expect(machine.received([2], for: nil, at: start) == [2])
    }

    @Test("something in hand: it is not confirmed, and others are looked for beside it")
    func slow() {
        var machine = PollingStateMachine(settings)
        _ = machine.received([7, 8], for: nil, at: start)
        machine.handled(8)
        #expect(machine.next(at: start) == .wait(until: start + .milliseconds(250), orIdle: true))
        let later = start + .milliseconds(250)
        #expect(machine.next(at: later) == .ask(offset: 7, timeout: .zero))
        #expect(machine.received([7, 8, 9], for: 7, at: later) == [9])
        machine.handled(7)
        #expect(machine.next(at: later + .seconds(1)) == .ask(offset: 9, timeout: .zero))
    }

    @Test("what takes longer than its patience is confirmed before it is done")
    func patience() {
        var machine = PollingStateMachine(settings)
        _ = machine.received([7], for: nil, at: start)
        #expect(machine.next(at: start + .seconds(10)) == .ask(offset: 8, timeout: settings.longPoll))
        machine.handled(7)
        #expect(machine.next(at: start + .seconds(10)) == .ask(offset: 8, timeout: settings.longPoll))
    }

    @Test("an answer full of what is in hand gives half of it up, so that others come")
    func fullAnswer() {
        var machine = PollingStateMachine(settings)
        let all = (1...100).map(Int64.init)
        _ = machine.received(all, for: nil, at: start)
        _ = machine.received(all, for: 1, at: start)
        #expect(machine.next(at: start + .seconds(1)) == .ask(offset: 51, timeout: .zero))
    }

    @Test("what found no room comes again and is new then; it is never confirmed before")
    func refused() {
        var machine = PollingStateMachine(settings)
        _ = machine.received([1, 2], for: nil, at: start)
        machine.refused(2)
        machine.handled(1)
        let later = start + .hours(1)
        #expect(machine.next(at: later) == .ask(offset: 2, timeout: .zero))
        #expect(machine.received([2, 3], for: 2, at: later) == [2, 3])
    }

    @Test("after failures it waits, ever longer, and as long as it is told")
    func failures() {
        var machine = PollingStateMachine(settings)
        for ceiling in [1, 2, 4, 8, 16, 32, 60, 60] {
            machine.failed(retryAfter: nil, at: start, random: .max)
            #expect(machine.next(at: start) == .wait(until: start + .seconds(ceiling), orIdle: false))
        }
        machine.failed(retryAfter: .seconds(300), at: start, random: 0)
        #expect(machine.next(at: start) == .wait(until: start + .seconds(300), orIdle: false))
        _ = machine.received([], for: nil, at: start)
        machine.failed(retryAfter: nil, at: start, random: .max)
        #expect(machine.next(at: start) == .wait(until: start + .seconds(1), orIdle: false))
    }

    @Test("stopping, it asks for no more, waits for what is in hand, and confirms it")
    func stopping() {
        var machine = PollingStateMachine(settings)
        _ = machine.received([7], for: nil, at: start)
        machine.stop()
        #expect(machine.next(at: start) == .finish)
        machine.handled(7)
        #expect(machine.next(at: start) == .end(confirming: 8))
        var idle = PollingStateMachine(settings)
        idle.stop()
        #expect(idle.next(at: start) == .end(confirming: nil))
    }

    @Test(
        "each update comes once, none is lost, none is confirmed before it is handled",
        arguments: 0..<40 as Range<UInt64>)
    func property(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let batch = Int(random.number(in: 1...6))
        var machine = PollingStateMachine(PollingSettings(batch: batch, patience: .hours(1_000)))
        var api = UpdateQueue()
        var (now, inHand, seen, givenUp) = (start, Set<Int64>(), [Int64](), Set<Int64>())
        for _ in 0..<400 {
            if random.chance(30) { api.add(random.number(in: 1...3)) }
            if random.chance(60), let done = inHand.sorted().randomElement(using: &random) {
                inHand.remove(done)
                machine.handled(done)
            }
            switch machine.next(at: now) {
            case .ask(let offset, _):
                let confirmed = api.confirm(before: offset)
                #expect(confirmed.allSatisfy(seen.contains), "seed \(seed): lost")
                #expect(givenUp.isSuperset(of: confirmed.filter(inHand.contains)), "seed \(seed): too early")
                let answer = Array(api.kept.prefix(batch))
                let new = machine.received(answer, for: offset, at: now)
                #expect(Set(new).isDisjoint(with: seen), "seed \(seed): twice")
                seen += new
                if answer.count == batch, new.count * 2 < batch {
                    givenUp.formUnion(inHand.filter { $0 <= answer[(batch - 1) / 2] })
                }
                inHand.formUnion(new)
                // Some find no room, and must come again.
                if random.chance(10), let last = new.last {
                    machine.refused(last)
                    inHand.remove(last)
                    seen.removeAll { $0 == last }
                }
            case .wait(let moment, _): now = moment
            case .finish, .end: Issue.record("seed \(seed): it was not stopped")
            }
            #expect(machine.markCount <= 2 * batch + inHand.count, "seed \(seed)")
        }
        #expect(seen == seen.sorted(), "seed \(seed)")
    }
}

/// A Bot API's updates, as far as polling goes.
private struct UpdateQueue {
    private(set) var kept: [Int64] = []
    private var last: Int64 = 10

    mutating func add(_ step: Int64) {
        last += step
        kept.append(last)
    }

    /// Forgets those before an offset, and returns them.
    mutating func confirm(before offset: Int64?) -> [Int64] {
        defer { kept.removeAll { $0 < offset ?? .min } }
        return kept.filter { $0 < offset ?? .min }
    }
}
