public import SluiceRedis

/// Measurements that belong together and are asked for by a name.
public struct BenchSuite: Sendable {
    public let name: String
    /// What it measures, in a line.
    public let purpose: String
    /// What it measures on besides this machine. Without it, it leaves those figures out.
    public let needs: Set<BenchNeed>
    private let measure: @Sendable (BenchContext) async throws -> [BenchTable]

    init(
        _ name: String, _ purpose: String, needs: Set<BenchNeed> = [],
        _ measure: @escaping @Sendable (BenchContext) async throws -> [BenchTable]
    ) {
        self.name = name
        self.purpose = purpose
        self.needs = needs
        self.measure = measure
    }

    /// Measures.
    /// - Throws: What kept it from measuring, such as a Redis that is not there.
    public func run(_ context: BenchContext) async throws -> [BenchTable] { try await measure(context) }

    /// All that there are, in the order in which they run.
    public static let all = [
        stores, users, middleware, memory, cooldowns, configuration, redis, server, load,
    ]

    /// The suite of that name.
    public static func named(_ name: String) -> BenchSuite? { all.first { $0.name == name } }
}

/// What a suite measures on, beside this process.
public enum BenchNeed: Sendable, Hashable {
    case redis, cluster
}

/// What suites go by.
public struct BenchContext: Sendable {
    /// How often each figure is measured.
    public var rounds: Int
    /// How much of the usual work is done: 1 for all of it, less where the figures do not matter.
    public var scale: Double
    /// A Redis of its own for the decisions; `nil` for none.
    public var redis: RedisStore?
    /// A cluster likewise.
    public var cluster: RedisStore?
    /// The servers behind ``redis`` and ``cluster`` if they were started for this run. Only these are emptied, and only
    /// their masters are killed.
    public var servers: BenchServers?
    /// The `sluice` whose servers are measured, by its path; `nil` leaves out what needs one.
    public var program: String?
    /// What the suite `load` puts on somebody's own server; `nil` for loads of its own on a server of its own.
    public var load: LoadPlan?
    /// Is told what is measured, and how much of a suite is done, from 0 to 1.
    public var progress: @Sendable (_ what: String, _ share: Double) -> Void

    /// - Parameters:
    ///   - redis: What it holds under its prefix is changed.
    ///   - cluster: Likewise.
    public init(
        rounds: Int = 7, scale: Double = 1, redis: RedisStore? = nil, cluster: RedisStore? = nil,
        program: String? = nil,
        progress: @escaping @Sendable (_ what: String, _ share: Double) -> Void = { _, _ in }
    ) {
        self.rounds = rounds
        self.scale = scale
        self.redis = redis
        self.cluster = cluster
        self.program = program
        self.progress = progress
    }

    /// So many, or fewer in a scaled run.
    func scaled(_ count: Int) -> Int { max(1, Int(Double(count) * scale)) }

    /// The same for a part of a suite, which tells of its own progress from 0 to 1.
    func part(_ shares: Range<Double>) -> BenchContext {
        var part = self
        part.progress = { [progress] what, share in
            progress(what, shares.lowerBound + share * (shares.upperBound - shares.lowerBound))
        }
        return part
    }
}
