import SluicePolicies

/// Who puts load on a server, for how long, and with what.
///
/// In a **closed loop** a user asks again once he is answered and has thought: a slow server is asked less. In an
/// **open loop**, which has a ``rate``, requests are due whether or not answers came, and what a request waits for
/// counts from when it was due.
public struct LoadPlan: Sendable, Hashable {
    /// `http://HOST[:PORT][/BASE]`
    public let url: String
    /// Each has a connection of his own that he keeps.
    public let users: Int
    /// How many users come in a second; `nil` for all at once.
    public let ramp: Double?
    /// For how long users ask. What was asked by then is waited for.
    public let duration: Duration
    /// How long a user thinks before he asks again, at random between these.
    public let thinkTime: ClosedRange<Duration>
    /// Requests that are due in a second, in an open loop; `nil` for a closed one.
    public let rate: Double?
    /// The most requests; `nil` for as many as come about.
    public let requests: Int?
    /// After how long a request that has no answer counts as failed.
    public let timeout: Duration
    /// What users do.
    public let tasks: [LoadTask]
    /// What the figures have to be.
    public let marks: LoadMarks
    /// What tasks and think times are drawn by: the same for the same seed.
    public let seed: UInt64
    let target: LoadTarget

    /// Checks everything, so that a plan that is there can be run.
    /// - Throws: What to change.
    public init(
        url: String, users: Int = 100, ramp: Double? = nil, duration: Duration = .seconds(30),
        thinkTime: ClosedRange<Duration> = .zero ... .zero, rate: Double? = nil, requests: Int? = nil,
        timeout: Duration = .seconds(10), marks: LoadMarks = LoadMarks(), seed: UInt64 = 1, tasks: [LoadTask]
    ) throws(BenchError) {
        target = try LoadTarget(url)
        (self.url, self.users, self.ramp, self.duration) = (url, users, ramp, duration)
        (self.thinkTime, self.rate, self.requests, self.timeout) = (thinkTime, rate, requests, timeout)
        (self.marks, self.seed, self.tasks) = (marks, seed, tasks)
        let times: [(String, Bool)] = [
            ("there must be 1 to 100000 users", (1...100_000).contains(users)),
            ("the ramp must be above 0 and at most 100000 users a second", ramp.map(Self.isRate) ?? true),
            ("the duration must be above 0 and at most a day", duration > .zero && duration <= .seconds(86_400)),
            (
                "the think time must be from 0 up to an hour",
                thinkTime.lowerBound >= .zero && thinkTime.upperBound <= .seconds(3_600)
            ),
            ("the rate must be above 0 and at most 100000 requests a second", rate.map(Self.isRate) ?? true),
            (
                "an open loop has no think time, for requests are due at its rate: leave out one of both",
                rate == nil || thinkTime.upperBound == .zero
            ),
            ("there must be 1 or more requests", requests.map { $0 > 0 } ?? true),
            ("the time-out must be above 0 and at most a minute", timeout > .zero && timeout <= .seconds(60)),
        ]
        for (fault, isMet) in times where !isMet { throw BenchError(fault) }
        guard !tasks.isEmpty else { throw BenchError("there is nothing to do: name a task") }
        for task in tasks { try task.check() }
        guard Set(tasks.map(\.name)).count == tasks.count else {
            throw BenchError("results are told by the names of tasks: give each its own")
        }
    }

    private static func isRate(_ value: Double) -> Bool { value > 0 && value <= 100_000 }

    /// Reads a span of time such as `500ms` or `5m`.
    /// - Throws: What is wrong with the text.
    public static func span(text: some StringProtocol) throws(BenchError) -> Duration {
        do throws(TextFault) {
            return .nanoseconds(try DurationText.parse(text))
        } catch {
            throw BenchError(error.message)
        }
    }

    /// Reads a think time: `500ms`, between two such as `100ms-500ms`, or `0`.
    /// - Throws: What is wrong with the text.
    public static func thinkTime(text: String) throws(BenchError) -> ClosedRange<Duration> {
        var ends: [Duration] = []
        for word in text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false) {
            ends.append(word == "0" ? .zero : try span(text: word))
        }
        guard let shortest = ends.first, let longest = ends.last, shortest <= longest else {
            throw BenchError("'\(text)' is no think time: write the shorter one first, such as 100ms-500ms")
        }
        return shortest...longest
    }
}
