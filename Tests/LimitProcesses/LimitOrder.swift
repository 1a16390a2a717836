/// What a process of its own is to ask of a limit that it shares with others: its one argument, as JSON.
package struct LimitOrder: Codable, Sendable {
    /// Where Redis is.
    package var url: String
    package var isCluster = false
    /// What the keys begin with: what makes the limit this test's own.
    package var prefix: String
    /// The word of the algorithm, as in policy files.
    package var algorithm: String
    package var count: Int64
    package var periodMilliseconds: Int64
    package var timeZone = "UTC"
    /// Whether callers who keep being denied are banned.
    package var isPenal = false
    /// How many units the process borrows at a time; 0 for none.
    package var borrowed: Int64 = 0
    /// How many decisions it makes at most, and for how long.
    package var decisions: Int
    package var milliseconds: Int64
    /// How many decisions it has in flight.
    package var concurrency = 8
    /// By how much its clock is wrong.
    package var clockOffsetMinutes: Int64 = 0
    /// Where it writes what came of it.
    package var outcomeFile = ""

    /// Decisions under a limit, by default as many as it takes, for a minute at most.
    package init(
        url: String, prefix: String, algorithm: String, count: Int64, period: Duration, decisions: Int,
        during: Duration = .seconds(60)
    ) {
        (self.url, self.prefix, self.algorithm, self.count) = (url, prefix, algorithm, count)
        self.decisions = decisions
        periodMilliseconds = Int64(period / .milliseconds(1))
        milliseconds = Int64(during / .milliseconds(1))
    }
}

/// What came of a `LimitOrder`.
package struct LimitOutcome: Codable, Sendable {
    package var admissions: [Admission] = []
    package var denied = 0
    /// Decisions that Redis did not make.
    package var degraded = 0

    package init() {}

    /// Adds another's.
    package mutating func add(_ other: LimitOutcome) {
        admissions += other.admissions
        denied += other.denied
        degraded += other.degraded
    }
}
