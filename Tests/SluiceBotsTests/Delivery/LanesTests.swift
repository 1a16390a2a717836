import SluiceBots
import SluiceTesting
import Testing

@Suite("Lanes of updates")
struct LanesTests {
    @Test("one of a lane at a time, in order; other lanes beside it")
    func order() {
        var lanes = Lanes<Int>(DeliveryBounds())
        for item in [1, 2] { #expect(lanes.offer(item, lane: "a") == .accepted) }
        #expect(lanes.offer(3, lane: "b") == .accepted)
        #expect(lanes.next()?.item == 1)
        #expect(lanes.next()?.item == 3)
        #expect(lanes.next() == nil)
        lanes.finish("a")
        #expect(lanes.next()?.item == 2)
    }

    @Test("what has no lane waits for nobody")
    func alone() {
        var lanes = Lanes<Int>(DeliveryBounds())
        for item in 1...3 { _ = lanes.offer(item, lane: nil) }
        #expect([lanes.next()?.item, lanes.next()?.item, lanes.next()?.item] == [1, 2, 3])
    }

    @Test("the bounds hold: of all, of a lane, and of what is handled")
    func bounds() {
        var lanes = Lanes<Int>(DeliveryBounds(waiting: 3, waitingPerLane: 2, running: 1))
        #expect(lanes.offer(1, lane: "a") == .accepted)
        #expect(lanes.offer(2, lane: "a") == .accepted)
        #expect(lanes.offer(3, lane: "a") == .full)
        #expect(lanes.offer(4, lane: "b") == .accepted)
        #expect(lanes.offer(5, lane: "c") == .full)
        #expect(lanes.next()?.item == 1)
        #expect(lanes.next() == nil)
        #expect(lanes.offer(5, lane: "c") == .accepted)
    }

    @Test("draining takes no more and gives up nothing")
    func draining() {
        var lanes = Lanes<Int>(DeliveryBounds())
        _ = lanes.offer(1, lane: "a")
        lanes.drain()
        #expect(lanes.offer(2, lane: "a") == .stopping)
        #expect(lanes.isDrained == false)
        #expect(lanes.next()?.item == 1)
        #expect(lanes.isDrained == false)
        lanes.finish("a")
        #expect(lanes.isDrained)
    }

    @Test("every sequence of events keeps order, bounds and memory", arguments: 0..<40 as Range<UInt64>)
    func property(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let bounds = DeliveryBounds(
            waiting: Int(random.number(in: 1...12)), waitingPerLane: Int(random.number(in: 1...5)),
            running: Int(random.number(in: 1...4)))
        var lanes = Lanes<Int>(bounds)
        var oracle = LanesOracle(bounds: bounds)
        for item in 0..<600 {
            switch random.number(in: 0...4) {
            case 0, 1:
                let lane = random.chance(15) ? nil : random.pick(["a", "b", "c", "d"])
                #expect(lanes.offer(item, lane: lane) == oracle.offer(item, lane), "seed \(seed)")
            case 2, 3:
                let work = lanes.next()
                let isRight = oracle.takes(work.map { ($0.item, $0.lane) })
                #expect(isRight, "seed \(seed)")
            default:
                if let lane = oracle.finishAny(&random) { lanes.finish(lane) }
            }
            #expect(lanes.waiting == oracle.waiting.count && lanes.running == oracle.running.count, "seed \(seed)")
            #expect(lanes.laneCount <= lanes.waiting + lanes.running, "seed \(seed)")
        }
        lanes.drain()
        while !lanes.isDrained {
            while let work = lanes.next() {
                let isRight = oracle.takes((work.item, work.lane))
                #expect(isRight, "seed \(seed)")
            }
            guard let lane = oracle.finishAny(&random) else { break }
            lanes.finish(lane)
        }
        #expect(lanes.isDrained && lanes.laneCount == 0 && oracle.waiting.isEmpty, "seed \(seed)")
    }

    @Test("nobody who waits is passed over for ever", arguments: 0..<10 as Range<UInt64>)
    func fairness(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var lanes = Lanes<Int>(DeliveryBounds(running: 1))
        _ = lanes.offer(-1, lane: "busy")
        _ = lanes.offer(-2, lane: "quiet")
        var turns = 0
        while let work = lanes.next(), work.lane != "quiet" {
            turns += 1
            for item in 0...random.number(in: 0...3) { _ = lanes.offer(Int(item), lane: "busy") }
            lanes.finish(work.lane)
        }
        #expect(turns <= 2, "seed \(seed)")
    }
}

/// Lanes by brute force: a list of what waits, and one of what is handled.
private struct LanesOracle {
    let bounds: DeliveryBounds
    var waiting: [(item: Int, lane: String?)] = []
    var running: [String?] = []

    mutating func offer(_ item: Int, _ lane: String?) -> DeliveryOffer {
        let isLaneFull = lane != nil && waiting.count { $0.lane == lane } >= bounds.waitingPerLane
        guard waiting.count < bounds.waiting, !isLaneFull else { return .full }
        waiting.append((item, lane))
        return .accepted
    }

    /// Whether this may be handled now: the first of a free lane; nothing only if nothing may.
    mutating func takes(_ work: (Int, String?)?) -> Bool {
        let free = waiting.filter { $0.lane == nil || !running.contains($0.lane) }
        guard let work else { return running.count >= bounds.running || free.isEmpty }
        guard running.count < bounds.running,
            let place = waiting.firstIndex(where: { $0.lane == work.1 && ($0.lane != nil || $0.item == work.0) }),
            waiting[place].item == work.0, work.1 == nil || !running.contains(work.1)
        else { return false }
        waiting.remove(at: place)
        running.append(work.1)
        return true
    }

    mutating func finishAny(_ random: inout SplitMix64) -> String?? {
        guard !running.isEmpty else { return nil }
        return running.remove(at: Int(random.next() % UInt64(running.count)))
    }
}
