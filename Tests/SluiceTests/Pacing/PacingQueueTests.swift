import SluiceTesting
import Testing

@testable import Sluice

@Suite("The queue of a pacer")
struct PacingQueueTests {
    @Test(
        "never goes over a limit, keeps the order, loses nothing, sends nothing twice and never idles",
        arguments: [UInt64](1...60))
    func model(seed: UInt64) throws {
        var settings = PacerSettings()
        settings.capacity = seed.isMultiple(of: 3) ? 12 : 10_000
        if seed.isMultiple(of: 2) { settings.whenFull = .dropLowest }
        var model = try PacingModel(seed: seed, settings)
        for _ in 0..<400 { try model.step() }
        try model.drain()
        try model.checkEnd()
        #expect(model.admissions.count > 20, "seed \(seed)")
    }

    /// A queue with a limit of so many a second for all.
    private func make(
        _ settings: PacerSettings = PacerSettings()
    ) throws -> (queue: PacingQueue, handle: PolicyHandle) {
        let policy = Policy("out", rules: [Rule("all", .slidingLog(1, per: .seconds(1)))])
        var queue = PacingQueue(settings)
        queue.rules = policy.gateRules
        return (queue, try Limiter([policy]).policy("out"))
    }

    /// The next send that is let pass, and the moment.
    private func nextAdmission(
        _ queue: inout PacingQueue, _ handle: PolicyHandle, _ now: inout Int64, asks: inout Int
    ) throws -> UInt64? {
        while true {
            switch queue.next(at: now) {
            case .ask(let send, let destination, let cost):
                asks += 1
                let decision = try handle.decide(destination, cost: cost, at: Timestamp(nanoseconds: now))
                guard case .denied(let denial) = decision else {
                    let isWanted = queue.admitted(send, at: now)
                    #expect(isWanted)
                    return send
                }
                queue.denied(send, denial, at: now)
            case .wait(let moment): now = moment
            case .nothing: return nil
            }
        }
    }

    @Test("A low priority is passed over no more than its patience says, though high ones never end")
    func patience() throws {
        let made = try make()
        var queue = made.queue
        var now: Int64 = 1_700_000_000_000_000_000
        var asks = 0
        func enter(_ queue: inout PacingQueue, _ name: Int, _ priority: PacingPriority) throws -> UInt64 {
            try queue.enter(
                to: [.chat: "\(name)"], inOrder: true, priority, cost: 1, deadline: .max, at: now)
        }
        for name in 0..<20 { _ = try enter(&queue, name, .high) }
        var lows: Set<UInt64> = []
        for name in 100..<103 { lows.insert(try enter(&queue, name, .low)) }
        var (passed, most, served) = (0, 0, 0)
        for name in 1_000..<1_200 {
            let next = try nextAdmission(&queue, made.handle, &now, asks: &asks)
            let send = try #require(next)
            queue.finished(send, at: now)
            if lows.contains(send) {
                served += 1
                passed = 0
            } else if served < 3 {
                passed += 1
                most = max(most, passed)
            }
            _ = try enter(&queue, name, .high)
        }
        #expect(served == 3)
        #expect(most <= 2 * queue.settings.patience, "once among the ready, once behind the gate")
    }

    @Test("Destinations that wait for the same limit take turns")
    func turns() throws {
        let made = try make()
        var queue = made.queue
        var now: Int64 = 1_700_000_000_000_000_000
        var asks = 0
        var destinations: [UInt64: Int] = [:]
        for name in 0..<4 {
            for _ in 0..<3 {
                let send = try queue.enter(
                    to: [.chat: "\(name)"], inOrder: true, .normal, cost: 1, deadline: .max, at: now)
                destinations[send] = name
            }
        }
        var order: [Int] = []
        while let send = try nextAdmission(&queue, made.handle, &now, asks: &asks) {
            order.append(destinations[send]!)
            queue.finished(send, at: now)
        }
        #expect(order == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3])
    }

    @Test("However many wait, a send costs no more than three questions")
    func questions() throws {
        var settings = PacerSettings()
        settings.capacity = 10_000
        let made = try make(settings)
        var queue = made.queue
        var now: Int64 = 1_700_000_000_000_000_000
        var asks = 0
        for name in 0..<10_000 {
            _ = try queue.enter(
                to: [.chat: "\(name)"], inOrder: true, .normal, cost: 1, deadline: .max, at: now)
        }
        for _ in 0..<500 {
            let next = try nextAdmission(&queue, made.handle, &now, asks: &asks)
            let send = try #require(next)
            queue.finished(send, at: now)
        }
        #expect(asks <= 1_500)
    }

    @Test("What comes and goes while a gate is closed leaves nothing behind")
    func bounded() throws {
        var settings = PacerSettings()
        settings.whenFull = .dropLowest
        let made = try make(settings)
        var queue = made.queue
        var now: Int64 = 1_700_000_000_000_000_000
        var asks = 0
        let first = try queue.enter(to: [.chat: "1"], inOrder: true, .normal, cost: 1, deadline: .max, at: now)
        let admitted = try nextAdmission(&queue, made.handle, &now, asks: &asks)
        #expect(admitted == first)
        queue.pause(.everything, of: first, until: now + 3_600_000_000_000)
        for name in 0..<5_000 {
            let send = try queue.enter(
                to: [.chat: "\(name)"], inOrder: true, .low, cost: 1, deadline: now + 4_000_000_000_000, at: now)
            _ = queue.next(at: now)
            let isCancelled = queue.cancel(send, at: now)
            try #require(isCancelled)
        }
        #expect(queue.lines.count < 10)
        #expect(queue.momentsKept < 400)
        #expect(queue.gates.count < 10)
        queue.finished(first, at: now)
        #expect(queue.isEmpty)
    }
}
