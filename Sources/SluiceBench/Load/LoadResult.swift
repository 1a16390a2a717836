/// What came of a load.
public struct LoadResult: Sendable {
    /// What came of one task, or of all of them.
    public struct Part: Sendable {
        /// The task's name.
        public var name: String
        /// How long answers took. A request that timed out is among them with what was waited for it.
        public var latencies = Latencies()
        /// How many answers had each status.
        public var statuses: [Int: Int] = [:]
        /// How many requests failed, and why.
        public var faults: [LoadFault: Int] = [:]
        /// Answers without a fault that came before the run's end.
        var timely = 0

        init(_ name: String) { self.name = name }

        /// Requests, whatever became of them.
        public var asked: Int {
            answered + LoadFault.allCases.reduce(0) { $0 + ($1 == .refused || $1 == .failed ? 0 : faults[$1] ?? 0) }
        }
        /// Answers of whatever status.
        public var answered: Int { statuses.values.reduce(0, +) }
        /// Answers that say no: status 429.
        public var denied: Int { statuses[429] ?? 0 }
        /// Requests that failed.
        public var failed: Int { faults.values.reduce(0, +) }
        /// The failed among the requests; `nil` without any.
        public var errorShare: Double? { asked > 0 ? Double(failed) / Double(asked) : nil }

        mutating func add(_ other: Part) {
            latencies.add(other.latencies)
            statuses.merge(other.statuses, uniquingKeysWith: +)
            faults.merge(other.faults, uniquingKeysWith: +)
            timely += other.timely
        }
    }

    /// What was run.
    public let plan: LoadPlan
    /// One for each task, in the plan's order.
    public var tasks: [Part]
    /// Answers without a fault in each second of the run.
    public var answersBySecond: [Int]
    /// How long users asked: the plan's duration, or until the last answer if there were no more requests to make.
    public var seconds: Double

    /// All tasks together.
    public var all: Part {
        var sum = Part("all")
        for task in tasks { sum.add(task) }
        return sum
    }

    /// Answers without a fault in a second, of all that or of one task.
    public func rate(of part: Part) -> Double { seconds > 0 ? Double(part.timely) / seconds : 0 }
}
