import NIOCore

/// How a client follows a cluster or a master: bounds of redirects, and how often nodes are asked where things are.
public struct RedisTopologySettings: Sendable {
    /// How often one request is sent again because a server refused it without executing it, always within the
    /// request's deadline.
    public var maximumRedirects = 5
    /// How long a refused request waits before it is sent again for the first time; doubles each time.
    public var retryDelay = Duration.milliseconds(2)
    /// The least time between the end of one question for the topology and the begin of the next.
    public var leastRefreshInterval = Duration.milliseconds(200)
    /// The longest pause between questions while no node answers, or while one that should serve has not been there
    /// for long. For the first 64 answers that lack it the pause is twice ``leastRefreshInterval`` at most.
    public var maximumBackOff = Duration.seconds(2)
    /// How much of a pause is random, 0 to 1, so that many clients do not ask at once.
    public var jitter = 0.5
    /// How often a Sentinel is asked for the master while all is well.
    ///
    /// When the master is changed in good order, what the old one is told until the client asks again is lost:
    /// Sentinels name the new one before they stop the old one. Each lane asks, so a hundred clients are a thousand
    /// small questions a second.
    public var sentinelPollInterval = Duration.milliseconds(100)
    /// How long one node may take to answer where things are, connecting included, before the next one is asked.
    public var questionTimeout = Duration.seconds(1)
    /// Requests of one lane that may wait for a topology, or for a pause to end; one more is refused at once.
    public var maximumWaiting = 4_096
    /// Makes the address that a client has to use out of the address that a node announces; needed where nodes announce
    /// addresses from behind a network address translation.
    public var addressMap: @Sendable (NodeAddress) -> NodeAddress = { $0 }

    /// The settings that suit most.
    public init() {}

    /// The pause after so many failures in a row: doubles from the least interval up to the bound, part of it random.
    func pause(afterFailures failures: Int, random: inout SplitMix) -> TimeAmount {
        // 2²⁰ times any useful interval is beyond any useful bound, and cannot overflow.
        let bound = min(maximumBackOff, leastRefreshInterval * (1 << min(max(0, failures - 1), 20)))
        return TimeAmount(bound * (1 - min(max(jitter, 0), 1) * random.fraction()))
    }
}
