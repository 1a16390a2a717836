public import SluiceRedis

/// Measurements that belong together and are asked for by a name.
public struct BenchSuite: Sendable {
    public let name: String
    /// What it measures, in a line.
    public let purpose: String
    private let measure: @Sendable (BenchContext) async throws -> [BenchTable]

    init(
        _ name: String, _ purpose: String,
        _ measure: @escaping @Sendable (BenchContext) async throws -> [BenchTable]
    ) {
        self.name = name
        self.purpose = purpose
        self.measure = measure
    }

    /// Measures.
    /// - Throws: What kept it from measuring, such as a Redis that is not there.
    public func run(_ context: BenchContext) async throws -> [BenchTable] { try await measure(context) }

    /// All that there are, in the order in which they run.
    public static let all = [stores, users, cooldowns]

    /// The suite of that name.
    public static func named(_ name: String) -> BenchSuite? { all.first { $0.name == name } }
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
    /// Is told what is measured, and how much of a suite is done, from 0 to 1.
    public var progress: @Sendable (_ what: String, _ share: Double) -> Void

    /// - Parameters:
    ///   - redis: What it holds under its prefix is changed.
    ///   - cluster: Likewise.
    public init(
        rounds: Int = 7, scale: Double = 1, redis: RedisStore? = nil, cluster: RedisStore? = nil,
        progress: @escaping @Sendable (_ what: String, _ share: Double) -> Void = { _, _ in }
    ) {
        self.rounds = rounds
        self.scale = scale
        self.redis = redis
        self.cluster = cluster
        self.progress = progress
    }

    /// So many, or fewer in a scaled run.
    func scaled(_ count: Int) -> Int { max(1, Int(Double(count) * scale)) }
}
