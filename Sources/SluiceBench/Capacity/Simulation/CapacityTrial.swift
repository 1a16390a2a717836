/// What a simulation saw, after it had warmed up.
public struct CapacityTrial: Sendable, Hashable, Codable {
    /// Commands that were answered.
    public var decisions = 0
    /// The simulated seconds in which they were.
    public var seconds = 0.0
    /// The share of its time that each master was busy.
    public var masters: [Double] = []
    /// The same of all event loops, on average.
    public var loops = 0.0
    /// Decisions that Redis made, by master.
    public var decided: [Int] = []
    /// Calls that carried them.
    public var calls = 0
    /// Commands about the hottest key, and how many of its decisions, grants included, Redis made.
    public var hottest = 0
    public var hottestOnRedis = 0
    /// Seconds that calls waited for their master: the mean, and the time that 99 of 100 waited at most.
    public var meanWait = 0.0
    public var wait = 0.0
    /// Seconds from a command's arrival to its answer: the same.
    public var meanLatency = 0.0
    public var latency = 0.0

    /// Decisions that went with a call.
    public var perCall: Double { Double(decided.reduce(0, +)) / Double(max(1, calls)) }

    /// Commands answered in a second.
    public var rate: Double { Double(decisions) / max(seconds, 1e-9) }

    /// How busy the busiest master was.
    public var busiest: Double { masters.max() ?? 0 }
}
