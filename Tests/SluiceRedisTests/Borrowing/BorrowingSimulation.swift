import Sluice
import SluiceTesting

@testable import SluiceRedis

/// Several instances that borrow from one store, over a network that delays and loses, with clocks of their own.
struct BorrowingSimulation<Store: SimulatedStore> {
    struct Admission {
        var moment: Int64
        var cost: Int64
    }

    /// One instance: its lots, and a clock that is wrong by any offset and runs wrong by up to 500 millionths.
    private struct Instance {
        let lots = LotTable(holding: 1)
        let offset: Int64
        let drift: Int64

        func clock(_ moment: Int64) -> Int64 { offset + moment + moment / 1_000_000 * drift }
    }

    private enum Event {
        /// A call reaches the store: to charge `cost`, and `ask` more if there are so many.
        case call(instance: Int, cost: Int64, ask: Int64, sentAt: Int64, epoch: UInt64)
        case grant(instance: Int, LotGrant, epoch: UInt64)
        case refusal(instance: Int, left: Int64, resetAfter: Int64, epoch: UInt64)
        case giveBack(GiveBack)
        case request(instance: Int)
        case sweep(instance: Int, isLast: Bool)
    }

    private var random: SplitMix64
    private var store: Store
    private let terms: BorrowTerms
    private let instances: [Instance]
    private var events: [(moment: Int64, event: Event)] = []
    private var now: Int64 = 0
    /// How long a message takes at most.
    private let longestDelay: Int64
    /// How long it is from one request of an instance to the next while it is asked in earnest.
    private let gap: Int64
    /// So often all instances are asked in earnest at the same time; in between they are asked little.
    private let cycle: Int64
    /// The most that a request costs.
    private let mostCost: Int64
    private let key = CellKey(high: 7, low: 7)

    private(set) var admitted: [Admission] = []
    private(set) var spentHere = 0
    private(set) var givenBack: Int64 = 0

    init(
        _ store: Store, _ terms: BorrowTerms, gap: Int64, cycle: Int64, longestDelay: Int64, mostCost: Int64 = 3,
        seed: UInt64
    ) {
        var random = SplitMix64(seed: seed)
        self.store = store
        self.terms = terms
        self.gap = gap
        self.cycle = cycle
        self.mostCost = mostCost
        self.longestDelay = longestDelay
        instances = (0..<Int(random.number(in: 2...4))).map { _ in
            Instance(
                offset: random.number(in: 0...1_000_000_000_000_000_000), drift: random.number(in: -500...500))
        }
        self.random = random
    }

    private mutating func after(_ delay: Int64, _ event: Event) {
        let moment = now + delay
        let place = events.firstIndex { $0.moment > moment } ?? events.endIndex
        events.insert((moment, event), at: place)
    }

    private mutating func delay() -> Int64 {
        random.chance(80) ? random.number(in: 0...longestDelay / 20) : random.number(in: 0...longestDelay)
    }

    /// Lets every instance ask `requests` times.
    mutating func run(requests: Int) {
        now = 1_000_000_000_000
        for index in instances.indices {
            after(0, .request(instance: index))
            after(gap, .sweep(instance: index, isLast: false))
        }
        var left = requests * instances.count
        while !events.isEmpty {
            let (moment, event) = events.removeFirst()
            now = moment
            if case .request(let index) = event {
                request(index)
                left -= 1
                if left > 0 {
                    after(pause(), .request(instance: index))
                }
            } else {
                handle(event, isOver: left <= 0)
            }
        }
    }

    private mutating func pause() -> Int64 {
        let position = now % cycle
        if position < cycle / 8 { return random.number(in: 0...2 * gap) }
        return random.chance(70) ? cycle - position : random.number(in: 0...cycle / 3)
    }

    private mutating func request(_ index: Int) {
        let cost: Int64 = random.chance(mostCost > 3 ? 70 : 20) ? random.number(in: 1...mostCost) : 1
        let clock = instances[index].clock(now)
        switch instances[index].lots.spend(cost, of: key, at: clock, on: terms) {
        case .spent(_, _, let ask):
            // Sometimes the request is not admitted after all, because another rule denies it elsewhere.
            let returned = random.chance(5) ? instances[index].lots.refund(cost, to: key, at: clock) : 0
            if returned < cost { admitted.append(Admission(moment: now, cost: cost - returned)) }
            spentHere += 1
            if ask > 0 { send(index, cost: 0, ask: ask, clock) }
        case .empty(let ask): send(index, cost: cost, ask: ask, clock)
        }
    }

    private mutating func send(_ index: Int, cost: Int64, ask: Int64, _ clock: Int64) {
        let epoch = instances[index].lots.epoch
        if random.chance(3) {
            // Lost on the way; its time-out is noticed some time later.
            after(longestDelay, .refusal(instance: index, left: 0, resetAfter: 0, epoch: epoch))
        } else {
            after(delay(), .call(instance: index, cost: cost, ask: ask, sentAt: clock, epoch: epoch))
        }
    }

    private mutating func handle(_ event: Event, isOver: Bool) {
        switch event {
        case .request: break
        case .call(let index, let cost, let ask, let sentAt, let epoch):
            call(index, cost: cost, ask: ask, sentAt: sentAt, epoch: epoch)
        case .grant(let index, var grant, let epoch):
            grant.receivedAt = instances[index].clock(now)
            let surplus = instances[index].lots.granted(grant, to: key, on: terms, epoch: epoch)
            if let surplus { give(back: surplus) }
        case .refusal(let index, let left, let resetAfter, let epoch):
            instances[index].lots.refused(
                key, at: instances[index].clock(now), left: left, resetAfterNanoseconds: resetAfter, epoch: epoch)
        case .giveBack(let lot):
            givenBack += lot.units
            store.takeBack(lot.units, untilMicroseconds: lot.untilMicroseconds, at: now)
        case .sweep(let index, let isLast):
            let clock = instances[index].clock(now)
            let isAll = isLast || random.chance(5)
            let lots = instances[index].lots
            for lot in isAll ? lots.allLots(at: clock) : lots.idleLots(at: clock) { give(back: lot) }
            if !isLast { after(random.number(in: gap...20 * gap), .sweep(instance: index, isLast: isOver)) }
        }
    }

    private mutating func give(back lot: GiveBack) {
        if random.chance(90) { after(delay(), .giveBack(lot)) }
    }

    private mutating func call(_ index: Int, cost: Int64, ask: Int64, sentAt: Int64, epoch: UInt64) {
        let isAllowed = cost <= store.left(at: now)
        if isAllowed, cost > 0 {
            store.charge(cost, at: now)
            admitted.append(Admission(moment: now, cost: cost))
        }
        let units = isAllowed ? min(ask, store.left(at: now)) : 0
        if units > 0 { store.charge(units, at: now) }
        guard ask > 0 else { return }
        let (left, resetAfter) = (store.left(at: now), store.resetAfter(at: now))
        if units == 0 {
            after(delay(), .refusal(instance: index, left: left, resetAfter: resetAfter, epoch: epoch))
        } else if random.chance(97) {
            let grant = LotGrant(
                units: units, sentAt: sentAt, receivedAt: 0, storeMicroseconds: now / 1_000, remaining: left,
                resetAfterNanoseconds: resetAfter)
            after(delay(), .grant(instance: index, grant, epoch: epoch))
        } else {
            // The answer is lost, and with it the units.
            after(longestDelay, .refusal(instance: index, left: left, resetAfter: resetAfter, epoch: epoch))
        }
    }

    /// Looks at every span from one admission to another.
    /// - Returns: The first that admitted more than the limit allows.
    func excess() -> (span: Int64, total: Int64, bound: Int64)? {
        let admitted = admitted.sorted { $0.moment < $1.moment }
        for first in admitted.indices {
            var total: Int64 = 0
            for last in first..<admitted.endIndex {
                total += admitted[last].cost
                let bound = store.bound(from: admitted[first].moment, to: admitted[last].moment)
                if total > bound { return (admitted[last].moment - admitted[first].moment, total, bound) }
            }
        }
        return nil
    }
}
