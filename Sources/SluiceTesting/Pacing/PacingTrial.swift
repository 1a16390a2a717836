public import Sluice
import Synchronization

/// Sends many messages through pacers to a ``PlatformModel``, in a time that passes only while everybody waits.
public struct PacingTrial<Limits: LimiterProtocol>: Sendable {
    /// What a trial came to.
    public struct Report: Sendable {
        /// From the first send to the last answer.
        public var duration: Duration
        /// The moments at which closures began, in order.
        public var begun: [Timestamp]
    }

    private struct State {
        var left: Int
        var running = 0
        var begun: [Timestamp] = []
    }

    private final class Progress: Sendable {
        let state: Mutex<State>

        init(left: Int) { state = Mutex(State(left: left)) }
    }

    /// The instances; a message goes through each in turn.
    public let pacers: [Pacer<Limits>]
    /// The other side.
    public let platform: PlatformModel
    /// The time of both.
    public let time: ManualTime
    /// How long a message is on its way, at least.
    public var latency = Duration.milliseconds(40)
    /// By how much longer it may be on its way.
    public var jitter = Duration.milliseconds(15)
    /// By how much longer still the message of a number is.
    public var delay: @Sendable (Int) -> Duration = { _ in .zero }

    /// A trial of these instances.
    public init(_ pacers: [Pacer<Limits>], _ platform: PlatformModel, on time: ManualTime) {
        self.pacers = pacers
        self.platform = platform
        self.time = time
    }

    /// Sends one message for each destination given.
    /// - Throws: What a send throws.
    public func send(to destinations: [Descriptor], seed: UInt64) async throws -> Report {
        let progress = Progress(left: destinations.count)
        let start = time.now()
        try await withThrowingTaskGroup(of: Void.self) { group in
            var random = SplitMix64(seed: seed)
            for (index, destination) in destinations.enumerated() {
                let pacer = pacers[index % pacers.count]
                let ways = [way(&random) + delay(index), latency]
                let (platform, time) = (platform, time)
                group.addTask {
                    defer { progress.state.withLock { $0.left -= 1 } }
                    try await pacer.send(to: destination) {
                        progress.state.withLock { state in
                            state.running += 1
                            state.begun.append(time.now())
                        }
                        defer { progress.state.withLock { $0.running -= 1 } }
                        try await time.sleep(until: time.now() + ways[0])
                        let wait = platform.arrive(destination, at: time.now())
                        try await time.sleep(until: time.now() + ways[1])
                        if let wait { throw RetryAfter(wait, scope: .everything) }
                    }
                }
            }
            while progress.state.withLock({ $0.left > 0 }) {
                if isStill(progress.state.withLock { ($0.left, $0.running) }) { time.advanceToNextSleeper() }
                await Task.yield()
            }
            try await group.waitForAll()
        }
        return Report(duration: time.now() - start, begun: progress.state.withLock { $0.begun })
    }

    private func way(_ random: inout SplitMix64) -> Duration {
        latency + .nanoseconds(random.number(in: 0...max(0, jitter.wholeNanoseconds)))
    }

    /// Whether everybody waits: in a closure for the time, or in a pacer that waits for the time.
    private func isStill(_ count: (left: Int, running: Int)) -> Bool {
        let standings = pacers.map(\.standing)
        let waiting = standings.reduce(0) { $0 + $1.waiting }
        let alarms = standings.count { $0.isTimed }
        return !standings.contains(where: \.isAsking) && count.left == count.running + waiting
            && time.sleeperCount == count.running + alarms
    }
}
