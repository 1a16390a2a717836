/// What is asked of servers whose number is wanted.
public struct CapacityDemand: Sendable, Hashable, Codable {
    /// Where the cells are.
    public enum Store: String, Sendable, Codable, CaseIterable {
        /// In each server's own memory: callers belong to one server each.
        case memory
        /// On a Redis or a cluster that all servers share.
        case redis
    }

    /// How the servers are asked.
    public enum Transport: String, Sendable, Codable, CaseIterable {
        case resp, http, grpc
    }

    /// The algorithms, by their words in a policy file.
    public enum Algorithm: String, Sendable, Codable, CaseIterable {
        case tokenBucket = "token-bucket"
        case slidingLog = "sliding-log"
        case slidingWindow = "sliding-window"
        case fixedWindow = "fixed-window"
        case quota, cooldown, debounce, concurrency

        /// Whether its state grows with what happens: a list of hits or of leases.
        public var keepsList: Bool { self == .slidingLog || self == .concurrency }
    }

    /// Users, active or not.
    public var users: Double
    /// Decisions of all of them in a second, at the busiest time.
    public var decisionsPerSecond: Double
    /// The share of the users who have used something within the limits' periods: they have cells.
    public var activeShare = 0.1
    /// Rules that apply to a decision.
    public var rules = 1
    /// How many of them count by different descriptor keys. Each of those lies elsewhere in Redis.
    public var places = 1
    /// The algorithm of all rules.
    public var algorithm = Algorithm.tokenBucket
    /// Hits in a sliding log's window, or leases held.
    public var entries = 0
    /// Bytes of the value that rules count by, as it is sent.
    public var keyBytes = 16
    /// How the servers are asked.
    public var transport = Transport.resp
    /// Commands that a client sends at once, before it reads the answers.
    public var pipeline = 16
    /// Connections of all clients; `nil` for as many by server as the costs were measured with.
    public var connections: Double?
    /// Where the cells are.
    public var store = Store.redis
    /// Replicas of each Redis master.
    public var replicas = 1
    /// Groups of callers, servers and a store at least: a demand that needs more gets more.
    public var groups = 1
    /// Cores of a server, and event loops.
    public var cores = 8
    /// The share of a core's time that is planned for.
    public var utilisation = 0.6
    /// Seconds of the network and the kernels between a server and Redis, there and back.
    public var roundTrip = 0.000_3
    /// The share of all decisions that are about one and the same key.
    public var hottestShare = 0.0
    /// Whether that key's rule borrows.
    public var borrowing = CapacityBorrowing.none

    /// A demand with the usual rest.
    public init(users: Double, decisionsPerSecond: Double) {
        self.users = users
        self.decisionsPerSecond = decisionsPerSecond
    }

    /// Cells that say something at a time: one for each rule and active user.
    public var liveCells: Double { users * activeShare * Double(rules) }

    /// Decisions in a second about the hottest key.
    public var hottestRate: Double { decisionsPerSecond * hottestShare }

    /// Commands that come with one read: one where the protocol has no pipelines.
    public var commandsAtOnce: Double { transport == .resp ? Double(pipeline) : 1 }

    /// Finds out what is no demand.
    /// - Throws: ``BenchError`` with the option and what it takes.
    public func validate() throws(BenchError) {
        try Self.check("--users", users, 1...1e12)
        try Self.check("--rate", decisionsPerSecond, 1e-6...1e12)
        try Self.check("--active", activeShare, 1e-9...1)
        try Self.check("--rules", Double(rules), 1...64)
        try Self.check("--places", Double(places), 1...Double(rules), "the number of rules")
        try Self.check("--key-bytes", Double(keyBytes), 1...1_024)
        try Self.check("--pipeline", Double(pipeline), 1...1_024)
        try Self.check("--replicas", Double(replicas), 0...5)
        try Self.check("--groups", Double(groups), 1...100_000)
        try Self.check("--cores", Double(cores), 1...1_024)
        try Self.check("--utilisation", utilisation, 0.05...0.95)
        try Self.check("--round-trip", roundTrip * 1e6, 1...1_000_000)
        try Self.check("--hottest", hottestShare, 0...1)
        if let connections { try Self.check("--connections", connections, 1...1e9) }
        if case .units(let units) = borrowing { try Self.check("--borrow", Double(units), 2...1e9) }
        guard algorithm.keepsList == (entries > 0), (0...1_000_000).contains(entries) else {
            throw BenchError(
                algorithm.keepsList
                    ? "\(algorithm.rawValue) keeps a list: say by --entries how long it is, 1 to 1000000"
                    : "--entries goes with sliding-log and concurrency; \(algorithm.rawValue) keeps no list")
        }
        guard store == .redis || borrowing == .none else {
            throw BenchError("--borrow goes with --store redis: memory has nothing to borrow from")
        }
    }

    private static func check(
        _ option: String, _ value: Double, _ range: ClosedRange<Double>, _ most: String? = nil
    ) throws(BenchError) {
        guard !range.contains(value) else { return }
        let bound = most ?? CapacityNumber.text(range.upperBound)
        throw BenchError(
            "\(option) is \(CapacityNumber.text(value)), and has to be between "
                + "\(CapacityNumber.text(range.lowerBound)) and \(bound)")
    }
}
