internal import Synchronization

/// How many retries there may be beside the requests, so that retries never become the load that keeps a service down.
///
/// In any window there are at most so many percent of the window's requests, and a floor per second for those who send
/// few. One budget is shared by all who call one service. Its window moves in ten steps.
///
/// Sources: Finagle's `RetryBudget`, Envoy's `retry_budget`.
public final class RetryBudget: Sendable {
    /// Retries for each hundred requests.
    public let percent: Int
    /// Retries that may be made in each second even if there are few requests.
    public let floorPerSecond: Int
    /// The span over which both are counted.
    public let window: Duration
    private let time: TimeSource
    private let counts: Mutex<Counts>

    /// A budget: a retry for ten requests, and one in each second beside them.
    /// - Precondition: `percent` is 0 to 1,000, `floorPerSecond` 0 to 1,000,000, `window` from a second to an hour.
    public init(
        percent: Int = 10, floorPerSecond: Int = 1, window: Duration = .seconds(10), time: TimeSource = .system
    ) {
        precondition((0...1_000).contains(percent), "a retry budget is 0 to 1,000 percent of the requests")
        precondition((0...1_000_000).contains(floorPerSecond), "a retry budget's floor is 0 to 1,000,000 per second")
        precondition(window >= .seconds(1) && window <= .hours(1), "a retry budget's window is a second to an hour")
        (self.percent, self.floorPerSecond, self.window, self.time) = (percent, floorPerSecond, window, time)
        counts = Mutex(Counts(step: window.wholeNanoseconds / Int64(Counts.steps)))
    }

    /// Counts a request, which is not a retry.
    public func countRequest() {
        let now = time.now()
        counts.withLock { $0.countRequest(at: now) }
    }

    /// Whether a retry may be made now; it is counted then.
    public func allowsRetry() -> Bool {
        let now = time.now()
        let floor = Int64(floorPerSecond).saturatingMultiplied(by: window.wholeNanoseconds) / 1_000_000_000
        return counts.withLock { $0.allowsRetry(at: now, percent: Int64(percent), floor: floor) }
    }
}

extension RetryBudget {
    /// Requests and retries of a window, step by step.
    struct Counts: Sendable {
        static let steps = 10

        private var requests = [Int64](repeating: 0, count: Counts.steps)
        private var retries = [Int64](repeating: 0, count: Counts.steps)
        private var requestsInAll: Int64 = 0
        private var retriesInAll: Int64 = 0
        /// The newest step that anything was counted in.
        private var newest = Int64.min
        private let step: Int64

        init(step: Int64) { self.step = step }

        mutating func countRequest(at now: Timestamp) {
            let place = place(at: now)
            requests[place] += 1
            requestsInAll += 1
        }

        mutating func allowsRetry(at now: Timestamp, percent: Int64, floor: Int64) -> Bool {
            let place = place(at: now)
            guard retriesInAll < requestsInAll.saturatingMultiplied(by: percent) / 100 + floor else { return false }
            retries[place] += 1
            retriesInAll += 1
            return true
        }

        /// Forgets the steps that have left the window. A clock that goes back counts in the newest step.
        private mutating func place(at now: Timestamp) -> Int {
            let current = max(newest, now.nanoseconds.dividedRoundingDown(by: step))
            if newest != .min {
                for past in 0..<min(current - newest, Int64(Self.steps)) { forget(Self.place(of: current - past)) }
            }
            newest = current
            return Self.place(of: current)
        }

        private mutating func forget(_ place: Int) {
            requestsInAll -= requests[place]
            retriesInAll -= retries[place]
            (requests[place], retries[place]) = (0, 0)
        }

        private static func place(of step: Int64) -> Int {
            let place = Int(step % Int64(steps))
            return place < 0 ? place + steps : place
        }
    }
}
