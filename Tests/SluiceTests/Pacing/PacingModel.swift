import SluiceTesting
import Testing

@testable import Sluice

/// A queue and a limiter in a time of their own, held against what anybody can see: who waits, who runs, what is
/// paused.
struct PacingModel {
    struct Known {
        var destination: Descriptor
        var inOrder: Bool
        var priority: PacingPriority
        var deadline: Int64
    }

    static let policy = Policy(
        "out",
        rules: [
            Rule("overall", .slidingLog(3, per: .seconds(1))),
            Rule("chat", by: .chat, .slidingLog(1, per: .milliseconds(400))),
            Rule("group", by: .group, .slidingLog(4, per: .seconds(3))),
        ])

    var random: SplitMix64
    var queue: PacingQueue
    let handle: PolicyHandle
    var now: Int64 = 1_700_000_000_000_000_000
    var waiting: [UInt64: Known] = [:]
    var running: [UInt64: Known] = [:]
    var known: [UInt64: Known] = [:]
    /// How each send ended; more than one word for one is a fault.
    var ends: [UInt64: [String]] = [:]
    var admissions: [(send: UInt64, at: Int64)] = []
    var everythingUntil: Int64 = .min
    var pausedUntil: [Descriptor: Int64] = [:]
    var asks = 0

    init(seed: UInt64, _ settings: PacerSettings) throws {
        random = SplitMix64(seed: seed)
        queue = PacingQueue(settings)
        queue.rules = Self.policy.gateRules
        handle = try Limiter([Self.policy]).policy("out")
    }

    // MARK: - What happens

    mutating func step() throws {
        switch random.number(in: 0...99) {
        case ..<40: enter()
        case ..<48: cancel()
        case ..<70: finish()
        case ..<76: pauseAndRetry()
        case ..<90: now += random.number(in: 0...400_000_000)
        default: break
        }
        let next = try pump()
        try check(next)
        if case .wait(let moment) = next, random.chance(20) {
            now = max(now, moment)
            let later = try pump()
            try check(later)
        }
    }

    mutating func enter() {
        let chat = random.number(in: 1...6)
        var destination: Descriptor = [.chat: "\(chat)"]
        if chat > 4 { destination[.group] = "\(chat)" }
        if random.chance(5) { destination = [:] }
        let inOrder = !destination.entries.isEmpty && random.chance(85)
        let deadline = random.chance(20) ? now + random.number(in: 0...3_000_000_000) : .max
        let send = Known(
            destination: destination, inOrder: inOrder, priority: random.pick(PacingPriority.allCases),
            deadline: deadline)
        guard
            let number = try? queue.enter(
                to: destination, inOrder: inOrder, send.priority, cost: 1, deadline: deadline, at: now)
        else { return }
        waiting[number] = send
        known[number] = send
    }

    mutating func cancel() {
        guard let send = waiting.keys.sorted().randomElement(using: &random) else { return }
        let isCancelled = queue.cancel(send, at: now)
        #expect(isCancelled)
        waiting[send] = nil
        ends[send, default: []].append("cancelled")
    }

    mutating func finish() {
        guard let send = running.keys.sorted().randomElement(using: &random) else { return }
        queue.finished(send, at: now)
        running[send] = nil
        ends[send, default: []].append("made")
    }

    mutating func pauseAndRetry() {
        guard let send = running.keys.sorted().randomElement(using: &random), let known = running[send] else { return }
        let until = now + random.number(in: 1...2_000_000_000)
        let isWide = random.chance(30)
        queue.pause(isWide ? .everything : .destination, of: send, until: until)
        if isWide || known.destination.entries.isEmpty {
            everythingUntil = max(everythingUntil, until)
        } else {
            pausedUntil[known.destination] = max(pausedUntil[known.destination] ?? .min, until)
        }
        queue.again(send, at: now)
        running[send] = nil
        waiting[send] = known
    }

    /// Asks for as long as there is something to ask.
    mutating func pump() throws -> PacingQueue.Step {
        while true {
            let next = queue.next(at: now)
            takeFailures()
            guard case .ask(let send, let destination, let cost) = next else { return next }
            asks += 1
            let known = waiting[send]
            try #require(known?.destination == destination)
            switch try handle.decide(destination, cost: cost, at: Timestamp(nanoseconds: now)) {
            case .allowed:
                let isWanted = queue.admitted(send, at: now)
                #expect(isWanted)
                running[send] = waiting.removeValue(forKey: send)
                admissions.append((send, now))
            case .denied(let denial): queue.denied(send, denial, at: now)
            }
            takeFailures()
        }
    }

    mutating func takeFailures() {
        for (send, error) in queue.takeFailures() {
            waiting[send] = nil
            ends[send, default: []].append("\(error.code)")
        }
    }

    // MARK: - What must hold

    /// Whoever could begin now has begun, and the queue wakes before anybody could.
    func check(_ next: PacingQueue.Step) throws {
        #expect(queue.waiting == waiting.count)
        for (send, known) in waiting where isFirst(send, known) {
            let paused = max(everythingUntil, pausedUntil[known.destination] ?? .min)
            let decision = try handle.apply(.peek, known.destination, cost: 1, at: Timestamp(nanoseconds: now))
            let wait = decision.retryAfter?.wholeNanoseconds ?? .max
            let begins = max(now + wait, paused)
            try #require(begins > now, "\(standing(send)) could begin and does not")
            guard case .wait(let moment) = next else {
                Issue.record("the queue waits for nothing while \(standing(send)) waits")
                continue
            }
            try #require(moment <= begins, "the queue sleeps past \(standing(send))")
        }
    }

    /// Where a send is, for whoever reads a failure.
    private func standing(_ send: UInt64) -> String {
        guard let known = queue.sends[send] else { return "send \(send), which is gone" }
        let line = queue.lines[known.line]
        let gates = queue.gates.compactMap(\.self).map { gate in
            "\(gate.id) opens in \(gate.opensAt - now), \(gate.lanes.live) wait, represented \(gate.isRepresented)"
        }
        return """
            send \(send) at \(line.place), stamp \(queue.stamps[known.line]), running \(line.isRunning), \
            asked \(line.isAsked), first \(line.first ?? 0), represents \(line.represents ?? -1); \
            \(gates.joined(separator: "; ")); wakes \(queue.momentsKept)
            """
    }

    /// Whether it is the send's turn in its line.
    private func isFirst(_ send: UInt64, _ known: Known) -> Bool {
        guard known.inOrder else { return true }
        if running.values.contains(where: { $0.inOrder && $0.destination == known.destination }) { return false }
        return !waiting.contains { other, with in
            with.inOrder && with.destination == known.destination
                && (with.priority > known.priority || with.priority == known.priority && other < send)
        }
    }

    /// Lets everything come to its end.
    mutating func drain() throws {
        for _ in 0..<10_000 where !waiting.isEmpty || !running.isEmpty {
            while !running.isEmpty { finish() }
            let next = try pump()
            try check(next)
            if case .wait(let moment) = next, running.isEmpty { now = max(now, moment) }
        }
    }

    func checkEnd() throws {
        #expect(queue.isEmpty && queue.waiting == 0)
        #expect(queue.destinations.isEmpty, "a line is left behind")
        #expect(queue.freeLines.count == queue.lines.count)
        for send in known.keys { #expect(ends[send]?.count == 1, "send \(send) ended \(ends[send] ?? [])") }
        // Every admission but a retry is of another send.
        #expect(Set(admissions.map(\.send)).count <= known.count)
        for (send, moment) in admissions { #expect(moment <= known[send]!.deadline) }
        try checkLimits()
        checkOrder()
    }

    private func checkLimits() throws {
        for rule in Self.policy.rules {
            var moments: [[String]: [Int64]] = [:]
            for (send, moment) in admissions {
                let values = rule.keys.compactMap { known[send]!.destination[$0] }
                if values.count == rule.keys.count { moments[values, default: []].append(moment) }
            }
            for (values, times) in moments {
                let count = Int(rule.limit.count)
                for index in times.indices.dropFirst(count) {
                    let span = times[index] - times[index - count]
                    try #require(span >= rule.limit.periodNanoseconds, "over \(rule.name) for \(values)")
                }
            }
        }
    }

    private func checkOrder() {
        var last: [String: UInt64] = [:]
        var made: Set<UInt64> = []
        for (send, _) in admissions where known[send]!.inOrder && made.insert(send).inserted {
            let line = "\(known[send]!.destination.entries)\(known[send]!.priority)"
            #expect(last[line] ?? 0 < send, "send \(send) has overtaken")
            last[line] = send
        }
    }
}
