import SluiceTesting
import Testing

@testable import Sluice

/// A breaker that remembers everything that ever happened and counts it anew for each question.
private struct BreakerModel {
    typealias Ticket = (id: Int, epoch: Int)

    let configuration: BreakerConfiguration
    var random: [UInt64] = []
    /// Results since it was last closed, with their moments; `window` is looked at from the front.
    private var results: [(moment: Timestamp, isFailure: Bool)] = []
    private var halves: [Timestamp]
    private var epoch = 0
    private var openUntil: Timestamp?
    private var probes: [(sent: Timestamp, id: Int)] = []
    private var successes = 0
    private var isProbing = false
    private var waits = 0
    private var nextID = 0

    init(_ configuration: BreakerConfiguration, at now: Timestamp) {
        (self.configuration, halves) = (configuration, [now])
    }

    mutating func ask(at now: Timestamp) -> Ticket? {
        if let until = openUntil {
            guard now >= until else { return nil }
            (openUntil, isProbing) = (nil, true)
            (probes, successes, epoch) = ([], 0, epoch + 1)
        } else if isProbing, probes.count >= configuration.probes {
            guard let last = probes.map(\.sent).max(), now - last >= configuration.probeDeadline else { return nil }
            (probes, successes, epoch) = ([], 0, epoch + 1)
        }
        nextID += 1
        if isProbing { probes.append((now, nextID)) }
        return (nextID, epoch)
    }

    mutating func end(_ ticket: Ticket, at now: Timestamp, isFailure: Bool, random: UInt64, retryAfter: Duration?) {
        let said = retryAfter.map { min($0, configuration.longestRetryAfter) }
        guard ticket.epoch == epoch else {
            if isFailure, let said, let until = openUntil, now + said > until {
                (openUntil, epoch) = (now + said, epoch + 1)
            }
            return
        }
        if isProbing {
            if isFailure { return open(at: now, random, said) }
            successes += 1
            guard successes >= configuration.probes else { return }
            (isProbing, waits, results, halves, epoch) = (false, 0, [], [now], epoch + 1)
            return
        }
        results.append((now, isFailure))
        if let begin = halves.last, now - begin >= configuration.window / 2 { halves.append(now) }
        if isFailure, said != nil || isTooBad(at: now) { open(at: now, random, said) }
    }

    mutating func abandon(_ ticket: Ticket, at now: Timestamp) {
        guard ticket.epoch == epoch, isProbing, !probes.isEmpty else { return }
        // Which of the probes it was does not matter, but when the last one was sent does.
        let last = probes.map(\.sent).max()
        probes.removeFirst()
        if let last, !probes.isEmpty { probes[probes.count - 1].sent = last }
        if probes.isEmpty { (openUntil, isProbing, epoch) = (now, false, epoch + 1) }
    }

    private mutating func open(at now: Timestamp, _ random: UInt64, _ said: Duration?) {
        waits += 1
        var ceiling = configuration.backOff.first
        for _ in 1..<max(waits, 1) where ceiling < configuration.backOff.longest { ceiling = ceiling * 2 }
        ceiling = min(ceiling, configuration.backOff.longest)
        let share = UInt64(ceiling.wholeNanoseconds).multipliedFullWidth(by: random).high
        openUntil = now + max(.nanoseconds(Int64(share) + 1), said ?? .zero)
        (isProbing, results, epoch) = (false, [], epoch + 1)
    }

    private func isTooBad(at now: Timestamp) -> Bool {
        let row = results.reversed().prefix { $0.isFailure }.count
        if row >= configuration.failuresInARow { return true }
        // Counted are the half window that runs, and the one before if it has just ended.
        guard let current = halves.last else { return false }
        var from = current
        if halves.count > 1, current - halves[halves.count - 2] < configuration.window {
            from = halves[halves.count - 2]
        }
        let counted = results.filter { $0.moment >= from }
        let failures = counted.count { $0.isFailure }
        return counted.count >= configuration.leastResults
            && failures * 100 >= counted.count * configuration.failurePercent
    }
}

@Suite("A breaker beside one that remembers everything")
struct BreakerModelTests {
    @Test("lets the same calls through at the same moments", arguments: 0..<60)
    func same(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let configuration = BreakerConfiguration(
            failuresInARow: Int(random.number(in: 1...6)), failurePercent: Int(random.number(in: 10...101)),
            leastResults: Int(random.number(in: 1...12)), window: .milliseconds(random.number(in: 2...2_000)),
            backOff: BackOff(first: .milliseconds(100), longest: .milliseconds(random.number(in: 100...2_000))),
            longestRetryAfter: .milliseconds(700), probes: Int(random.number(in: 1...4)),
            probeDeadline: .milliseconds(random.number(in: 1...500)))
        var now = Timestamp(seconds: 1_700_000_000)
        var machine = CircuitBreaker.StateMachine(configuration, at: now)
        var model = BreakerModel(configuration, at: now)
        var tickets: [(real: CircuitBreaker.StateMachine.Ticket, model: BreakerModel.Ticket)] = []
        var passed = 0
        for step in 0..<4_000 {
            if random.chance(60) { now = now + .milliseconds(random.number(in: 0...80)) }
            if random.chance(50) || tickets.isEmpty {
                let expected = model.ask(at: now)
                switch (machine.ask(at: now), expected) {
                case (.pass(let ticket), let expected?): tickets.append((ticket, expected))
                case (.refuse(let until), nil): #expect(until > now, "seed \(seed), step \(step)")
                case (let answer, _):
                    Issue.record("\(answer), but the model \(expected != nil), seed \(seed), step \(step)")
                    return
                }
                passed += 1
                continue
            }
            let (real, imagined) = tickets.remove(at: Int(random.number(in: 0...Int64(tickets.count - 1))))
            let chance = random.next()
            switch random.number(in: 0...9) {
            case 0...4:
                machine.succeeded(real, at: now)
                model.end(imagined, at: now, isFailure: false, random: 0, retryAfter: nil)
            case 5...7:
                machine.failed(real, at: now, random: chance)
                model.end(imagined, at: now, isFailure: true, random: chance, retryAfter: nil)
            case 8 where random.chance(30):
                let said = Duration.milliseconds(random.number(in: 0...1_000))
                machine.failed(real, at: now, random: chance, retryAfter: said)
                model.end(imagined, at: now, isFailure: true, random: chance, retryAfter: said)
            default:
                machine.abandoned(real, at: now)
                model.abandon(imagined, at: now)
            }
        }
        #expect(passed > 1_000, "seed \(seed)")
    }
}
