import Foundation
import RedisServers
import Sluice
import Testing

@testable import SluiceBench
@testable import SluiceRedis

@Suite("Capacity on paper")
struct CapacityPlanTests {
    private func plan(
        _ users: Double, _ rate: Double, _ change: (inout CapacityDemand) -> Void = { _ in }
    ) throws -> CapacityPlan {
        var demand = CapacityDemand(users: users, decisionsPerSecond: rate)
        change(&demand)
        return try CapacityPlanner(demand).plan()
    }

    // MARK: What it takes from the store

    @Test("knows the store's bounds and where its hash tags lie")
    func layout() throws {
        let store = try RedisStore("redis://localhost")
        #expect(store.decisionsPerCall == CapacityBounds.requestsPerCall)
        #expect(store.callsInFlight == CapacityBounds.callsInFlight)
        #expect(KeyLayout.tagCount == HashTags.count)
        for prefix in ["sluice", "another"] {
            let layout = KeyLayout(prefix: prefix)
            for number in 0..<2_000 {
                let key = CellKey(high: .random(in: .min ... .max), low: UInt64(number) << 55)
                #expect("\(layout.slot(of: key))" == "\(HashTags.slots[layout.tag(of: key)])")
            }
        }
        #expect(store.bounds.callsUntilGathering == 4)
        let cluster = try RedisStore(cluster: "redis://localhost")
        #expect(cluster.bounds.callsUntilGathering == 1)
    }

    @Test(
        "gives masters the hash tags that docs/redis.md tells",
        arguments: [(1, 128...128), (3, 42...43), (6, 18...25), (16, 7...9), (30, 1...8)])
    func tags(masters: Int, range: ClosedRange<Int>) throws {
        let tags = HashTags.tags(masters: masters)
        #expect(tags.count == masters && tags.reduce(0, +) == 128)
        #expect(tags.min() == range.lowerBound && tags.max() == range.upperBound)
        #expect(HashTags.busiestShare(masters: masters) == Double(range.upperBound) / 128)
        #expect(HashTags.evenShare(masters: masters) <= HashTags.busiestShare(masters: masters))
    }

    // MARK: Waiting and gathering

    @Test("waits as M/D/1 does by the exact series", arguments: [0.2, 0.4, 0.6, 0.8, 0.9])
    func waiting(utilisation: Double) {
        let line = WaitingLine(service: 2, utilisation: utilisation)
        #expect(abs(line.mean - utilisation / (1 - utilisation)) < 1e-12)
        for percent in [90.0, 99, 99.9] {
            let wait = line.percentile(percent)
            // Below, the tail is not yet that of Cramér and Lundberg; above, the series loses its digits.
            guard wait > 4, wait < 40 else { continue }
            // Crommelin: P(W <= t) = (1 - r) sum of (r (k - t))^k / k! e^(-r (k - t)) for k up to t, in service times.
            let time = wait / 2
            let sum = (0...Int(time)).reduce(0.0) { sum, number in
                let power = utilisation * (Double(number) - time)
                let factorial = number == 0 ? 1 : (1...number).reduce(1.0) { $0 * Double($1) }
                return sum + pow(power, Double(number)) / factorial * exp(-power)
            }
            #expect(abs((1 - utilisation) * sum - percent / 100) < 0.002, "\(percent) at \(utilisation)")
        }
    }

    @Test("waits not at all where nobody is, and for ever where too many are")
    func extremes() {
        #expect(WaitingLine(service: 1, utilisation: 0.005).percentile(99) == 0)
        #expect(WaitingLine(service: 1, utilisation: 1).percentile(99) == .infinity)
        #expect(WaitingLine(service: 1, utilisation: 1).mean == .infinity)
    }

    @Test("has calls carry one decision where few come, and 64 at most")
    func gathering() {
        let queue = Gathering(group: 1, inFlight: 1, most: 64)
        #expect(queue.perCall(rate: 0, roundTrip: 1) == 1)
        #expect(abs(queue.perCall(rate: 10, roundTrip: 1) - 10) < 0.001)
        #expect(queue.perCall(rate: 1_000, roundTrip: 1) == 64)
        #expect(Gathering.of(requestsAtOnce: 16, isCluster: false).group == 16)
        #expect(Gathering.of(requestsAtOnce: 1, isCluster: true).group == 1)
        // 16 commands meet 15.1 of 128 tags.
        #expect(abs(Gathering.of(requestsAtOnce: 16, isCluster: true).group - 1.06) < 0.01)
    }

    // MARK: Plans that can be reckoned by hand

    @Test("in memory is what a decision costs, by the rate")
    func memory() throws {
        let plan = try plan(1e6, 100_000) {
            ($0.store, $0.transport, $0.rules) = (.memory, .http, 3)
        }
        // 22.5 µs and two further rules of 0.55 µs on eight cores.
        #expect(plan.groups == 1 && plan.servers.count == 1 && plan.redis == nil && plan.splits.isEmpty)
        #expect(abs(plan.servers.utilisation - 100_000 * 23.6e-6 / 8) < 1e-9)
        #expect(plan.liveCells == 300_000)
        #expect(abs(plan.servers.bytes - (50.2 * 1_048_576 + 300_000 * 42.4 + 50 * 17.9 * 1_024)) < 1)
    }

    @Test("in memory splits callers between servers")
    func splitMemory() throws {
        let plan = try plan(1e9, 10e6) { $0.store = .memory }
        // 2.2 µs a decision: 22 cores, of which 4.8 of each server are planned for.
        #expect(plan.groups == 5 && plan.servers.count == 1)
        #expect(abs(plan.servers.utilisation - 22.0 / 40) < 0.001)
        #expect(plan.groupCells == 20e6)
        #expect(plan.assumptions.contains { $0.contains("one server each") })
    }

    @Test("on one Redis is a call's time and that of its decisions")
    func oneRedis() throws {
        let redis = try #require(try plan(1e6, 10_000).redis)
        #expect(redis.masters == 1 && redis.replicas == 1 && abs(redis.decisionsPerCall - 16) < 0.1)
        #expect(abs(redis.utilisation - 10_000 * (9.13 + 17.5 / 16) * 1e-6) < 0.001)
        #expect(redis.connections == 9 && redis.busBytes == 0)
    }

    @Test("uses the memory of Redis that was measured", arguments: [(1e6, 35.0e6), (4e6, 104e6)])
    func redisMemory(cells: Double, measured: Double) throws {
        let redis = try #require(try plan(cells, 1_000) { ($0.activeShare, $0.cores) = (1, 1) }.redis)
        #expect(abs(redis.usedBytes - measured) < measured / 10)
        #expect(redis.bytes == redis.usedBytes * 2)
    }

    @Test("uses the memory of logs that was measured", arguments: [(20, 218.0), (100, 549)])
    func logs(entries: Int, measured: Double) throws {
        var demand = CapacityDemand(users: 1, decisionsPerSecond: 1)
        (demand.algorithm, demand.entries) = (.slidingLog, entries)
        let cost = DecisionCost(demand: demand, costs: UnitCosts())
        #expect(abs(cost.redisCellBytes - measured) < 1)
        // One chunk of 64 bytes for every twenty hits.
        #expect(cost.cellBytes == 42.4 + Double(entries / 20) * 64)
    }

    // MARK: What stops

    @Test("has no way for one key beyond a core of Redis, but to borrow")
    func hottest() throws {
        #expect(throws: CapacityLimit.self) { try plan(1e8, 1e6) { $0.hottestShare = 0.1 } }
        let below = try plan(1e8, 1e6) { $0.hottestShare = 0.02 }
        #expect(try #require(below.redis).utilisation <= 0.6)
        let borrowed = try plan(1e8, 1e6) { ($0.hottestShare, $0.borrowing) = (0.1, .auto) }
        #expect(try #require(borrowed.redis).rate == 900_000)
        let tooFew = #expect(throws: CapacityLimit.self) {
            try plan(1e8, 10e6) { ($0.hottestShare, $0.borrowing) = (0.5, .units(2)) }
        }
        #expect(tooFew?.description.contains("--borrow") == true)
        #expect(throws: CapacityLimit.self) {
            try plan(1e8, 10e6) { ($0.store, $0.hottestShare) = (.memory, 0.9) }
        }
    }

    @Test("takes more groups for more cells than share a prefix")
    func cells() throws {
        #expect(try plan(1e8, 100_000).groups == 1)
        #expect(try plan(1e8, 100_000) { $0.rules = 2 }.groups == 2)
        #expect(try plan(1e9, 100_000).groups == 10)
        #expect(try plan(1e6, 100_000) { $0.groups = 3 }.groups == 3)
    }

    @Test(
        "takes more servers for more connections",
        arguments: [(CapacityDemand.Transport.resp, 10), (.http, 25), (.grpc, 98)])
    func connections(transport: CapacityDemand.Transport, servers: Int) throws {
        for store in CapacityDemand.Store.allCases {
            let plan = try plan(1e6, 1_000) {
                ($0.transport, $0.connections, $0.store) = (transport, 100_000, store)
            }
            #expect(plan.groups * plan.servers.count == servers, "\(store)")
            #expect(plan.servers.clientConnections <= CapacityBounds.connections(transport))
        }
    }

    @Test("tells a smaller cluster, if tags are spread evenly, and a smaller one yet in groups")
    func smaller() throws {
        let plan = try plan(1e8, 1e6)
        let redis = try #require(plan.redis)
        #expect(redis.mastersWithEvenTags < redis.masters)
        #expect(plan.splits.first?.masters == redis.masters)
        let last = try #require(plan.splits.last)
        #expect(last.masters == last.groups && last.masters < redis.masters / 2)
    }

    @Test("goes by the costs it is given")
    func costs() throws {
        let costs = try UnitCosts(json: "{\"redis_decision_us\": 91.3, \"resp_decision_us\": 12.8}", from: "slow.json")
        let demand = CapacityDemand(users: 1e6, decisionsPerSecond: 50_000)
        let (usual, slow) = (try CapacityPlanner(demand).plan(), try CapacityPlanner(demand, costs: costs).plan())
        #expect(try #require(slow.redis).masters > 2 * (try #require(usual.redis).masters))
        #expect(slow.servers.utilisation > usual.servers.utilisation)
        #expect(slow.costs["redis_decision_us"] == 91.3)
        #expect(slow.costsUsed.map { costs.source(of: $0) }.contains("slow.json"))
    }
}
