/// Servers, Redis nodes and callers as the simulation knows them.
public struct CapacityScene: Sendable, Hashable {
    /// Event loops of all servers.
    public var loops: Int
    /// Event loops of a server: they share what it has borrowed.
    public var loopsOfServer: Int
    /// The master of each hash tag. One entry for a single Redis.
    public var owners: [Int]
    /// Commands in a second, and how many of them a client sends at once.
    public var rate: Double
    public var atOnce: Int
    /// Keys, and how uneven they are: key number n is asked for in proportion to n to the power of this, negated; 0 for
    /// all alike.
    public var keys: Int
    public var exponent: Double
    /// The share of the commands that are about the first key beside.
    public var hottestShare: Double
    /// Units of the first key that a server borrows at a time; 0 for none.
    public var borrowedUnits: Int
    /// Seconds of an event loop for a read, for each command of it with its way to Redis and back, and for a call.
    public var read: Double
    public var command: Double
    public var call: Double
    /// Seconds of Redis for a call, and for each decision of it.
    public var redisCall: Double
    public var redisDecision: Double
    /// Seconds of the network, there and back.
    public var roundTrip: Double
    /// `StoreLane.Bounds`: decisions of a call, calls in flight, calls in flight from which on decisions gather.
    public var perCall = CapacityBounds.requestsPerCall
    public var inFlight = CapacityBounds.callsInFlight
    public var untilGathering: Int

    var masters: Int { (owners.max() ?? 0) + 1 }
    var isCluster: Bool { owners.count > 1 }

    /// The scene of a plan's group in its full size, its keys all alike but for the hottest.
    ///
    /// Further rules and places are in the time of a decision; memory is not simulated. `nil` for a plan in memory.
    public init?(_ plan: CapacityPlan, costs: UnitCosts = UnitCosts()) {
        guard let redis = plan.redis else { return nil }
        let cost = DecisionCost(demand: plan.demand, costs: costs)
        let isCluster = redis.masters > 1
        loopsOfServer = plan.demand.cores
        loops = plan.servers.count * plan.demand.cores
        owners = isCluster ? HashTags.owners(masters: redis.masters) : [0]
        let requests = cost.requests(isCluster: isCluster)
        // What is about one key and borrowed is decided by the servers, and left out.
        rate = redis.rate * requests
        atOnce = Int(plan.demand.commandsAtOnce * requests)
        keys = Int(min(max(1, plan.groupCells), 1e6))
        exponent = 0
        hottestShare = plan.demand.borrowing == .none ? plan.demand.hottestRate / max(redis.rate, 1e-9) : 0
        borrowedUnits = 0
        read = cost.read
        command = (cost.command + costs.seconds(.redisClient) * requests) / requests
        call = costs.seconds(.redisClientCall)
        redisCall = costs.seconds(.redisCall)
        redisDecision = cost.redisWork / requests
        roundTrip = plan.demand.roundTrip
        untilGathering = isCluster ? 1 : 4
    }

    /// A scene for a test, with the usual costs.
    init(loops: Int, owners: [Int], rate: Double, costs: UnitCosts = UnitCosts()) {
        let cost = DecisionCost(demand: CapacityDemand(users: 1, decisionsPerSecond: rate), costs: costs)
        (self.loops, loopsOfServer, self.owners, self.rate) = (loops, loops, owners, rate)
        (atOnce, keys, exponent, hottestShare, borrowedUnits) = (1, 100_000, 0, 0, 0)
        (read, command) = (cost.read, cost.command + costs.seconds(.redisClient))
        call = costs.seconds(.redisClientCall)
        (redisCall, redisDecision) = (costs.seconds(.redisCall), costs.seconds(.redisDecision))
        roundTrip = 0.000_3
        untilGathering = owners.count > 1 ? 1 : 4
    }
}
