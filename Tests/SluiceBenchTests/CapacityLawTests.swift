import Foundation
import Testing

@testable import SluiceBench

@Suite("Plans of any demand")
struct CapacityLawTests {
    /// A demand that follows from a seed.
    private func demand(_ seed: UInt64) -> CapacityDemand {
        var random = SimulationRandom(seed: seed)
        func among<Value>(_ values: [Value]) -> Value { values[Int(random.next() % UInt64(values.count))] }
        var demand = CapacityDemand(
            users: pow(10, 3 + 6 * random.unit()), decisionsPerSecond: pow(10, 2 + 5 * random.unit()))
        demand.activeShare = among([0.01, 0.1, 0.5])
        demand.rules = among([1, 2, 4])
        demand.places = among([1, demand.rules])
        demand.algorithm = among(CapacityDemand.Algorithm.allCases)
        if demand.algorithm.keepsList { demand.entries = among([5, 20, 100]) }
        demand.transport = among(CapacityDemand.Transport.allCases)
        demand.pipeline = among([1, 16, 64])
        demand.store = among(CapacityDemand.Store.allCases)
        demand.connections = among([nil, 1_000, 100_000])
        demand.replicas = among([0, 1, 2])
        demand.cores = among([1, 2, 8, 32])
        demand.utilisation = among([0.3, 0.6, 0.8])
        demand.roundTrip = among([0.000_1, 0.000_3, 0.002])
        return demand
    }

    @Test("keep every core below what was planned, and every bound", arguments: 0..<40 as Range<UInt64>)
    func bounds(seed: UInt64) throws {
        let demand = demand(seed)
        let plan = try CapacityPlanner(demand).plan()
        #expect(plan.servers.utilisation <= demand.utilisation + 1e-9)
        #expect(plan.servers.clientConnections <= CapacityBounds.connections(demand.transport))
        #expect(plan.groupRate * Double(plan.groups) >= demand.decisionsPerSecond * 0.999_999)
        #expect(plan.latency > 0 && plan.latency.isFinite)
        for stop in plan.stops where stop.unit == .perSecond {
            #expect(stop.now <= stop.most * 1.000_001, "\(stop.name)")
        }
        let rooms = plan.stops.map { $0.room ?? .infinity }
        #expect(rooms == rooms.sorted() && plan.stops.allSatisfy { !$0.then.isEmpty })
        guard let redis = plan.redis else {
            #expect(demand.store == .memory && plan.servers.redisConnections == 0)
            return
        }
        #expect(redis.utilisation <= demand.utilisation + 1e-9)
        #expect(redis.masters == 1 || (3...128).contains(redis.masters))
        #expect(redis.mastersWithEvenTags <= redis.masters)
        #expect((1...64).contains(redis.decisionsPerCall))
        #expect(plan.groupCells <= CapacityBounds.cellsOfPrefix)
        #expect(plan.servers.redisConnections == redis.masters * demand.cores)
        #expect(redis.connections == plan.servers.count * demand.cores + demand.replicas)
        #expect(redis.usedBytes < redis.bytes && redis.bytesIn > 0 && redis.bytesOut > 0)
        #expect(plan.splits.first?.groups == plan.groups)
    }

    @Test("need no less for more", arguments: 0..<20 as Range<UInt64>)
    func more(seed: UInt64) throws {
        var demand = demand(seed)
        demand.connections = nil
        let plan = try CapacityPlanner(demand).plan()
        demand.decisionsPerSecond *= 3
        demand.users *= 3
        let more = try CapacityPlanner(demand).plan()
        #expect(more.groups >= plan.groups)
        #expect(more.groups * more.servers.count >= plan.groups * plan.servers.count)
        if let redis = plan.redis, let moreRedis = more.redis {
            let (cores, moreCores) = (
                redis.utilisation * Double(redis.masters * plan.groups),
                moreRedis.utilisation * Double(moreRedis.masters * more.groups)
            )
            #expect(moreCores >= cores)
        }
    }

    @Test("can be written as JSON and read again", arguments: 0..<5 as Range<UInt64>)
    func json(seed: UInt64) throws {
        let plan = try CapacityPlanner(demand(seed)).plan()
        #expect(try JSONDecoder().decode(CapacityPlan.self, from: JSONEncoder().encode(plan)) == plan)
    }
}
