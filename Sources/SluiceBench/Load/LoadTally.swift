/// Counts what comes of requests, while they run.
struct LoadTally {
    private let end: Int64
    private var tasks: [LoadResult.Part]
    private var seconds: [Int]
    private var lastAnswer: Int64 = 0
    /// Requests of which something came.
    private(set) var count = 0

    init(_ plan: LoadPlan) {
        end = plan.duration.wholeNanoseconds
        tasks = plan.tasks.map { LoadResult.Part($0.name) }
        seconds = Array(repeating: 0, count: Int((end + 999_999_999) / 1_000_000_000))
    }

    /// An answer, so many nanoseconds after its request was due.
    mutating func answer(_ task: Int, status: Int, latency: Int64, now: Int64) {
        count += 1
        tasks[task].latencies.record(nanoseconds: latency)
        tasks[task].statuses[status, default: 0] += 1
        lastAnswer = now
        if let fault = LoadFault(status: status) {
            tasks[task].faults[fault, default: 0] += 1
        } else if now < end {
            tasks[task].timely += 1
            seconds[Int(now / 1_000_000_000)] += 1
        }
    }

    /// A request that has no answer. How long it took is only known of one that timed out: at least so long.
    mutating func fail(_ task: Int, _ fault: LoadFault, latency: Int64) {
        count += 1
        if fault == .timedOut { tasks[task].latencies.record(nanoseconds: latency) }
        tasks[task].faults[fault, default: 0] += 1
    }

    /// - Parameter isCutShort: Whether there were no more requests to make before the plan's time was over.
    func result(of plan: LoadPlan, isCutShort: Bool) -> LoadResult {
        let span = isCutShort ? min(lastAnswer, end) : end
        return LoadResult(plan: plan, tasks: tasks, answersBySecond: seconds, seconds: Double(span) / 1e9)
    }
}
