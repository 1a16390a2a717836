import NIOCore

/// Knows who the master of a name is, and when which Sentinel is to be asked. Does no I/O: events go in, one action
/// comes out.
///
/// It asks at an interval, and at once when the master's connection is lost or the master refuses to write, rather than
/// to listen for `+switch-master`. A subscription lost in silence looks like a quiet one, and would have to be
/// watched by asking anyway; and the two events are seen by the client itself, often before a Sentinel tells them.
/// The Sentinel that leads a failover names the new master some time before it publishes that, and tells its fellows
/// at once, so that asking often is as quick as listening.
///
/// A named master is followed only when `ROLE` confirms it, as Redis' "Guidelines for Redis clients with support for
/// Sentinel" want it. The Sentinel that answered stays the first to be asked, so that two of different opinion
/// do not send the client to and fro.
struct SentinelStateMachine: Sendable {
    /// What is going on.
    enum Phase: Equatable, Sendable {
        /// Nothing was asked yet. Leads to `asking` when the lane starts.
        case idle
        /// A Sentinel is asked for the master, and the others follow in turn. Leads to `verifying` when it names a new
        /// one or the old one is doubted, to `following` when it names the old one, to `degraded` when nobody answers.
        case asking(NodeAddress, then: [NodeAddress])
        /// A node that a Sentinel named is asked whether it is a master. Leads to `following` if so, otherwise to
        /// `asking` the next Sentinel, or to `degraded`.
        case verifying(NodeAddress, namedBy: NodeAddress, then: [NodeAddress])
        /// There is a master. Leads to `asking` by the timer or by trouble.
        case following
        /// No Sentinel led to a master, that many times in a row. Leads to `asking` when the timer fires.
        case degraded(failures: Int)
        /// The end.
        case closed
    }

    /// What is to be done after an event.
    enum Action: Equatable, Sendable {
        case none
        /// Ask that Sentinel for the master's address, and report `named` or `sentinelFailed`.
        case askMaster(of: NodeAddress)
        /// Ask that node for its role, and report `confirmed` or `denied`.
        case askRole(of: NodeAddress)
        /// Send requests there from now on, close what was followed before, and ask the Sentinel for its fellows.
        case follow(NodeAddress, leaving: NodeAddress?, learnFrom: NodeAddress, wake: NIODeadline)
        /// All is as it was.
        case stay(wake: NIODeadline)
        /// Report `timerFired` at that moment instead of any earlier wish.
        case wake(NIODeadline)
        /// No master is to be found. Requests that wait for a first one are refused.
        case giveUp(wake: NIODeadline)
    }

    private(set) var phase = Phase.idle
    /// The last master that was confirmed. Requests go there until there is another.
    private(set) var master: NodeAddress?
    /// Whom to ask, best first: those that the user named, and their fellows.
    private(set) var sentinels: [NodeAddress]

    private let settings: RedisTopologySettings
    private var random: SplitMix
    /// Something speaks against the master: it has to show its role again even if it is named again.
    private var isDoubted = false
    private var failures = 0
    /// A Sentinel named somebody in this round of questions.
    private var isAnyNamed = false
    private var earliest = NIODeadline.distantPast
    /// Nodes that were no masters when asked after the last question to the first Sentinel.
    private var impostors: Set<NodeAddress> = []

    /// Sentinels that are remembered; five are many.
    static let maximumSentinels = 32

    init(sentinels: [NodeAddress], settings: RedisTopologySettings, randomSeed: UInt64) {
        self.sentinels = Array(sentinels.prefix(Self.maximumSentinels))
        self.settings = settings
        random = SplitMix(seed: randomSeed)
    }

    mutating func start() -> Action {
        guard case .idle = phase else { return .none }
        return ask()
    }

    /// A Sentinel named a master.
    mutating func named(_ address: NodeAddress, by sentinel: NodeAddress, now: NIODeadline) -> Action {
        guard case .asking(sentinel, let rest) = phase else { return .none }
        isAnyNamed = true
        if address == master, !isDoubted {
            preferFirst(sentinel)
            earliest = now
            return .stay(wake: settle(now))
        }
        guard !impostors.contains(address) else { return askNext(rest, now) }
        phase = .verifying(address, namedBy: sentinel, then: rest)
        return .askRole(of: address)
    }

    /// A Sentinel did not answer, or does not know the name.
    mutating func sentinelFailed(_ sentinel: NodeAddress, now: NIODeadline) -> Action {
        guard case .asking(sentinel, let rest) = phase else { return .none }
        return askNext(rest, now)
    }

    /// The named node says that it is a master.
    mutating func confirmed(_ address: NodeAddress, now: NIODeadline) -> Action {
        guard case .verifying(address, let sentinel, _) = phase else { return .none }
        preferFirst(sentinel)
        let former = master
        master = address
        isDoubted = false
        // The first doubt after a quiet time is looked into at once, those that follow at intervals.
        earliest = now + min(interval, settings.pause(afterFailures: 1, random: &random))
        let wake = settle(now)
        if former == address { return .stay(wake: wake) }
        return .follow(address, leaving: former, learnFrom: sentinel, wake: wake)
    }

    /// The named node says that it is none, or nothing. Perhaps another Sentinel knows more.
    mutating func denied(_ address: NodeAddress, now: NIODeadline) -> Action {
        guard case .verifying(address, _, let rest) = phase else { return .none }
        impostors.insert(address)
        return askNext(rest, now)
    }

    /// Sentinels told of further ones. Those that the user named stay.
    mutating func learned(_ addresses: [NodeAddress]) {
        for address in addresses where !sentinels.contains(address) && sentinels.count < Self.maximumSentinels {
            sentinels.append(address)
        }
    }

    /// The master's connection was lost, or it answered as only a replica does.
    mutating func doubted(now: NIODeadline) -> Action {
        let isNews = !isDoubted
        isDoubted = true
        guard isNews, case .following = phase else { return .none }
        return now >= earliest ? ask() : .wake(earliest)
    }

    /// The moment of the last wish has come.
    mutating func timerFired(now: NIODeadline) -> Action {
        switch phase {
        case .idle, .asking, .verifying, .closed: .none
        case .following, .degraded: now >= earliest ? ask() : .wake(earliest)
        }
    }

    mutating func close() { phase = .closed }

    private mutating func ask() -> Action {
        guard let first = sentinels.first else { return .none }
        impostors = []
        isAnyNamed = false
        phase = .asking(first, then: Array(sentinels.dropFirst()))
        return .askMaster(of: first)
    }

    private mutating func askNext(_ rest: [NodeAddress], _ now: NIODeadline) -> Action {
        if let next = rest.first {
            phase = .asking(next, then: Array(rest.dropFirst()))
            return .askMaster(of: next)
        }
        failures += 1
        phase = .degraded(failures: failures)
        // Sentinels that answer but name nobody yet are about to agree on a new master: it is worth to ask again soon.
        earliest = now + settings.pause(afterFailures: isAnyNamed ? 1 : failures, random: &random)
        return .giveUp(wake: earliest)
    }

    private var interval: TimeAmount { TimeAmount(settings.sentinelPollInterval) }

    /// A master is there. The next question comes after the interval, or sooner if there is trouble.
    private mutating func settle(_ now: NIODeadline) -> NIODeadline {
        phase = .following
        failures = 0
        return now + interval
    }

    private mutating func preferFirst(_ sentinel: NodeAddress) {
        guard let index = sentinels.firstIndex(of: sentinel), index > 0 else { return }
        sentinels.swapAt(0, index)
    }
}
