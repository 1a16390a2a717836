/// A plan beside what a simulation of one of its groups saw.
public struct CapacityComparison: Sendable, Hashable, Codable {
    /// One of the figures.
    public struct Line: Sendable, Hashable, Codable {
        /// What it is.
        public var name: String
        /// The plan's.
        public var planned: Double
        /// The simulation's.
        public var simulated: Double
        /// What is counted: shares, decisions, or nanoseconds.
        public var unit: Figure.Unit
    }

    /// The figures.
    public var lines: [Line]
    /// How many decisions were simulated, in how many simulated seconds, from which seed.
    public var decisions: Int
    public var seconds: Double
    public var seed: UInt64

    /// Simulates a group of a plan; `nil` for a plan in memory, in which servers have nothing to do with each other.
    public init?(_ plan: CapacityPlan, costs: UnitCosts, decisions: Int = 100_000, seed: UInt64 = 1) {
        guard let redis = plan.redis, let scene = CapacityScene(plan, costs: costs) else { return nil }
        let trial = CapacitySimulation(scene, decisions: decisions, seed: seed).run()
        (self.decisions, seconds, self.seed) = (trial.decisions, trial.seconds, seed)
        lines = [
            Line(
                name: "event loops, busy", planned: plan.servers.utilisation, simulated: trial.loops, unit: .share),
            Line(
                name: "busiest masters, busy", planned: redis.utilisation,
                simulated: trial.busiest(of: scene, hottest: plan.demand.hottestShare > 0), unit: .share),
            Line(
                name: "decisions a call", planned: redis.decisionsPerCall, simulated: trial.perCall, unit: .count),
            Line(
                name: "a call waits, 99 of 100", planned: redis.wait * 1e9, simulated: trial.wait * 1e9,
                unit: .nanoseconds),
            Line(
                name: "a decision takes, 99 of 100", planned: plan.latency * 1e9, simulated: trial.latency * 1e9,
                unit: .nanoseconds),
        ]
    }
}

extension CapacityTrial {
    /// How busy those masters were, on average, that have the most hash tags; where one key is asked for more than
    /// others, the busiest of all.
    func busiest(of scene: CapacityScene, hottest: Bool) -> Double {
        guard !hottest else { return busiest }
        let tags = scene.owners.reduce(into: [Int](repeating: 0, count: masters.count)) { $0[$1] += 1 }
        let busy = zip(tags, masters).filter { $0.0 == tags.max() }.map(\.1)
        return busy.reduce(0, +) / Double(max(1, busy.count))
    }
}
