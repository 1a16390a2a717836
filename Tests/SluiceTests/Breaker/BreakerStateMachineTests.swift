import SluiceTesting
import Testing

@testable import Sluice

@Suite("A breaker")
struct BreakerStateMachineTests {
    private typealias Machine = CircuitBreaker.StateMachine

    private static let configuration = BreakerConfiguration(
        failuresInARow: 3, failurePercent: 50, leastResults: 10, window: .seconds(10),
        backOff: BackOff(first: .milliseconds(100), longest: .milliseconds(400)), longestRetryAfter: .seconds(5),
        probes: 2, probeDeadline: .seconds(1))
    private let start = Timestamp(seconds: 1_700_000_000)
    /// No jitter: the whole of the ceiling.
    private let longest = UInt64.max

    private func at(_ milliseconds: Int64) -> Timestamp { start + .milliseconds(milliseconds) }

    private func machine() -> Machine { Machine(Self.configuration, at: start) }

    private func opened() throws -> Machine {
        var machine = machine()
        for _ in 0..<3 { machine.failed(try ticket(&machine, 0), at: start, random: longest) }
        return machine
    }

    private func ticket(_ machine: inout Machine, _ milliseconds: Int64) throws -> Machine.Ticket {
        guard case .pass(let ticket) = machine.ask(at: at(milliseconds)) else {
            throw Refused(state: machine.state)
        }
        return ticket
    }

    private struct Refused: Error { var state: Machine.State }

    @Test("closed lets everything pass, and stays closed while what fails is followed by what succeeds")
    func closed() throws {
        var machine = machine()
        for round in 0..<1_000 as Range<Int64> {
            let (one, two, three) = (
                try ticket(&machine, round), try ticket(&machine, round), try ticket(&machine, round)
            )
            machine.failed(one, at: at(round), random: longest)
            machine.succeeded(two, at: at(round))
            machine.succeeded(three, at: at(round))
        }
        guard case .closed = machine.state else { throw Refused(state: machine.state) }
    }

    @Test("closed opens after so many failures in a row")
    func opensAfterARow() throws {
        var machine = machine()
        for _ in 0..<2 { machine.failed(try ticket(&machine, 0), at: start, random: longest) }
        guard case .closed = machine.state else { throw Refused(state: machine.state) }
        machine.failed(try ticket(&machine, 0), at: start, random: longest)
        #expect(machine.state == .open(until: at(100), waits: 1))
    }

    @Test("closed opens when too large a share fails, once enough have been seen, and forgets what is old")
    func opensByShare() throws {
        var machine = machine()
        for index in 0..<9 as Range<Int64> {
            let ticket = try ticket(&machine, index)
            if index % 2 == 0 {
                machine.failed(ticket, at: at(index), random: longest)
            } else {
                machine.succeeded(ticket, at: at(index))
            }
        }
        guard case .closed = machine.state else { throw Refused(state: machine.state) }
        var forgetful = machine
        // The tenth result makes five failures of ten.
        machine.succeeded(try ticket(&machine, 10), at: at(10))
        machine.failed(try ticket(&machine, 10), at: at(10), random: longest)
        #expect(machine.state == .open(until: at(110), waits: 1))
        forgetful.succeeded(try ticket(&forgetful, 10_010), at: at(10_010))
        forgetful.failed(try ticket(&forgetful, 10_010), at: at(10_010), random: longest)
        guard case .closed = forgetful.state else { throw Refused(state: forgetful.state) }
    }

    @Test("closed hears nothing of a request that was given up")
    func closedAbandoned() throws {
        var machine = machine()
        let before = machine.state
        machine.abandoned(try ticket(&machine, 0), at: start)
        #expect(machine.state == before)
    }

    @Test("open lets nothing pass before its time, and hears nothing of what was sent before")
    func open() throws {
        var machine = machine()
        let late = try (0..<3).map { _ in try ticket(&machine, 0) }
        for _ in 0..<3 { machine.failed(try ticket(&machine, 0), at: start, random: longest) }
        let state = machine.state
        #expect(machine.ask(at: at(0)) == .refuse(until: at(100)))
        #expect(machine.ask(at: at(99)) == .refuse(until: at(100)))
        machine.succeeded(late[0], at: at(50))
        machine.failed(late[1], at: at(50), random: longest)
        machine.abandoned(late[2], at: at(50))
        #expect(machine.state == state)
    }

    @Test("open lets one pass when its time has come, and is half open then")
    func openToHalfOpen() throws {
        var machine = try opened()
        _ = try ticket(&machine, 100)
        guard case .halfOpen = machine.state else { throw Refused(state: machine.state) }
    }

    @Test("half open lets its probes pass and nobody else")
    func halfOpen() throws {
        var machine = try opened()
        _ = try ticket(&machine, 100)
        _ = try ticket(&machine, 110)
        #expect(machine.ask(at: at(120)) == .refuse(until: at(220)))
        #expect(machine.ask(at: at(1_100)) == .refuse(until: at(1_110)))
    }

    @Test("half open closes when all of its probes have succeeded, and counts from nothing then")
    func halfOpenToClosed() throws {
        var machine = try opened()
        let (one, two) = (try ticket(&machine, 100), try ticket(&machine, 100))
        machine.succeeded(one, at: at(101))
        guard case .halfOpen = machine.state else { throw Refused(state: machine.state) }
        machine.succeeded(two, at: at(102))
        #expect(machine.state == .closed(.init(since: at(102))))
        for _ in 0..<2 { machine.failed(try ticket(&machine, 103), at: at(103), random: longest) }
        guard case .closed = machine.state else { throw Refused(state: machine.state) }
        machine.failed(try ticket(&machine, 104), at: at(104), random: longest)
        #expect(machine.state == .open(until: at(204), waits: 1), "success has reset the schedule")
    }

    @Test("half open opens again for twice as long when one probe fails, up to the longest wait")
    func halfOpenToOpen() throws {
        var machine = try opened()
        var now: Int64 = 100
        for (waits, wait) in [(2, 200), (3, 400), (4, 400), (5, 400)] as [(Int, Int64)] {
            let (one, two) = (try ticket(&machine, now), try ticket(&machine, now))
            machine.succeeded(one, at: at(now))
            machine.failed(two, at: at(now), random: longest)
            #expect(machine.state == .open(until: at(now + wait), waits: waits))
            now += wait
        }
    }

    @Test("half open sends others in the place of probes that are given up or never heard of again")
    func lostProbes() throws {
        var machine = try opened()
        let (one, two) = (try ticket(&machine, 100), try ticket(&machine, 100))
        machine.abandoned(one, at: at(140))
        let third = try ticket(&machine, 150)
        #expect(machine.ask(at: at(160)) == .refuse(until: at(260)))
        let (fourth, fifth) = (try ticket(&machine, 1_150), try ticket(&machine, 1_151))
        for stale in [two, third] { machine.failed(stale, at: at(1_152), random: longest) }
        guard case .halfOpen = machine.state else { throw Refused(state: machine.state) }
        machine.succeeded(fourth, at: at(1_153))
        machine.succeeded(fifth, at: at(1_153))
        guard case .closed = machine.state else { throw Refused(state: machine.state) }
    }

    @Test("half open whose probes are all given up opens for no time, and no less far on its schedule")
    func allAbandoned() throws {
        var machine = try opened()
        let (one, two) = (try ticket(&machine, 100), try ticket(&machine, 100))
        machine.abandoned(one, at: at(110))
        guard case .halfOpen = machine.state else { throw Refused(state: machine.state) }
        machine.abandoned(two, at: at(120))
        #expect(machine.state == .open(until: at(120), waits: 1))
        machine.failed(try ticket(&machine, 120), at: at(120), random: longest)
        #expect(machine.state == .open(until: at(320), waits: 2))
    }

    @Test("waits with full jitter: anything from nothing to the ceiling")
    func jitter() throws {
        func wait(_ random: UInt64) throws -> Duration {
            var machine = machine()
            for _ in 0..<3 { machine.failed(try ticket(&machine, 0), at: start, random: random) }
            guard case .open(let until, _) = machine.state else { throw Refused(state: machine.state) }
            return until - start
        }
        #expect(try wait(0) == .nanoseconds(1))
        #expect(try wait(.max / 2) == .milliseconds(50))
        #expect(try wait(.max) == .milliseconds(100))
    }

    @Test("lets no more pass than it has probes until it has heard of them or waited for them", arguments: 0..<20)
    func neverMoreThanProbes(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var machine = machine()
        var now = start
        var tickets: [Machine.Ticket] = []
        var probes: [Timestamp] = []
        for _ in 0..<5_000 {
            now = now + .milliseconds(random.number(in: 0...60))
            let before = machine.state
            switch random.number(in: 0...9) {
            case 0...5:
                guard case .pass(let ticket) = machine.ask(at: now) else {
                    if case .closed = before { Issue.record("closed, and refused, seed \(seed)") }
                    continue
                }
                tickets.append(ticket)
                if case .closed = before { continue }
                if case .open(let until, _) = before { #expect(now >= until, "seed \(seed)") }
                if case .halfOpen = before, probes.count == 2 {
                    #expect(now >= probes[1] + .seconds(1), "a third probe, seed \(seed)")
                    probes = []
                }
                probes.append(now)
            case 6 where !tickets.isEmpty: machine.succeeded(tickets.removeFirst(), at: now)
            default: if !tickets.isEmpty { machine.failed(tickets.removeFirst(), at: now, random: random.next()) }
            }
            if case .halfOpen = machine.state { continue }
            probes = []
        }
    }

    @Test("a server's word of when to come back opens it at once, for at least so long, and no longer than is obeyed")
    func retryAfter() throws {
        for (said, wait) in [(0, 100), (50, 100), (2_000, 2_000), (3_600_000, 5_000)] as [(Int64, Int64)] {
            var machine = machine()
            machine.failed(try ticket(&machine, 0), at: start, random: longest, retryAfter: .milliseconds(said))
            #expect(machine.state == .open(until: at(wait), waits: 1))
            _ = try ticket(&machine, wait)
            let probe = try ticket(&machine, wait)
            machine.failed(probe, at: at(wait), random: longest, retryAfter: .milliseconds(said))
            #expect(machine.state == .open(until: at(wait + max(200, wait == 100 ? 0 : wait)), waits: 2))
        }
    }

    @Test("open stays open for longer if a call that was let through before brings a server's word")
    func lateRetryAfter() throws {
        var machine = machine()
        let late = try (0..<3).map { _ in try ticket(&machine, 0) }
        for _ in 0..<3 { machine.failed(try ticket(&machine, 0), at: start, random: longest) }
        machine.failed(late[0], at: at(50), random: longest, retryAfter: .milliseconds(10))
        #expect(machine.state == .open(until: at(100), waits: 1))
        machine.failed(late[1], at: at(50), random: longest, retryAfter: .milliseconds(300))
        #expect(machine.state == .open(until: at(350), waits: 1))
        let (one, two) = (try ticket(&machine, 350), try ticket(&machine, 350))
        machine.failed(late[2], at: at(350), random: longest, retryAfter: .seconds(3))
        machine.succeeded(one, at: at(351))
        machine.succeeded(two, at: at(351))
        machine.failed(late[2], at: at(352), random: longest, retryAfter: .seconds(3))
        #expect(machine.state == .closed(.init(since: at(351))))
    }

    @Test("where health probes find out, traffic waits for what they find, in every state")
    func healthProbes() throws {
        var machine = try opened()
        machine.hasHealthProbe = true
        #expect(machine.ask(at: at(50)) == .refuse(until: at(100)))
        #expect(machine.ask(at: at(50), for: .healthProbe) == .refuse(until: at(100)))
        #expect(machine.ask(at: at(100)) == .refuse(until: at(200)))
        #expect(!machine.beginsProbing(at: at(100), for: .traffic))
        #expect(machine.beginsProbing(at: at(100), for: .healthProbe))
        guard case .pass(let one) = machine.ask(at: at(100), for: .healthProbe) else {
            throw Refused(state: machine.state)
        }
        #expect(machine.ask(at: at(110)) == .refuse(until: at(210)))
        machine.succeeded(one, at: at(110))
        guard case .pass(let two) = machine.ask(at: at(110), for: .healthProbe) else {
            throw Refused(state: machine.state)
        }
        #expect(machine.ask(at: at(1_200)) == .refuse(until: at(1_300)))
        machine.succeeded(two, at: at(1_201))
        _ = try ticket(&machine, 1_202)
    }

    @Test("tells who is the first of some probes, in every state")
    func beginsProbing() throws {
        var machine = machine()
        #expect(!machine.beginsProbing(at: at(0), for: .traffic))
        machine = try opened()
        #expect(!machine.beginsProbing(at: at(99), for: .traffic))
        #expect(machine.beginsProbing(at: at(100), for: .traffic))
        _ = try ticket(&machine, 100)
        #expect(!machine.beginsProbing(at: at(100), for: .traffic))
        _ = try ticket(&machine, 100)
        #expect(!machine.beginsProbing(at: at(1_099), for: .traffic))
        #expect(machine.beginsProbing(at: at(1_100), for: .traffic))
    }

    @Test("does what others say, from every state, and hears nothing of what was let through before")
    func others() throws {
        var halfOpen = try opened()
        _ = try ticket(&halfOpen, 100)
        for state in [machine(), try opened(), halfOpen] {
            var machine = state
            let stale = try? ticket(&machine, 100)
            let before = machine
            machine.open(until: at(5_000), waits: 7)
            #expect(machine.state == .open(until: at(5_000), waits: 7))
            if let stale { machine.failed(stale, at: at(200), random: longest) }
            #expect(machine.ask(at: at(4_999)) == .refuse(until: at(5_000)))
            machine = before
            machine.close(at: at(200))
            #expect(machine.state == .closed(.init(since: at(200))))
            if let stale { machine.failed(stale, at: at(200), random: longest) }
            #expect(machine.state == .closed(.init(since: at(200))))
        }
    }
}
