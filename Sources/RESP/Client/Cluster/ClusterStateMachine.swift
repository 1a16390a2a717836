import NIOCore

/// Knows which node serves which slot, and when whom to ask for it. Does no I/O: events go in, one action comes out.
///
/// A map, once there, is used until a newer one comes: while no node answers, requests still go where they went, and
/// each node's own state says whether that works.
struct ClusterStateMachine: Sendable {
    /// What is going on.
    enum Phase: Equatable, Sendable {
        /// Nothing was asked yet. Leads to `asking` when the lane starts.
        case idle
        /// A node is asked for the map, and the others follow in turn if it does not answer. Leads to `ready` by the
        /// first good answer, to `degraded` when nobody is left to ask.
        case asking(NodeAddress, then: [NodeAddress])
        /// Nobody is asked. Leads to `asking` when something shows that the map is old, or when the timer fires.
        case ready
        /// Nobody answered, that many times in a row. Leads to `asking` when the timer fires.
        case degraded(failures: Int)
        /// The end.
        case closed
    }

    /// What is to be done after an event.
    enum Action: Equatable, Sendable {
        case none
        /// Ask that node for the map, and report `answered` or `failed`.
        case ask(NodeAddress)
        /// Report `timerFired` at that moment instead of any earlier wish.
        case wake(NIODeadline)
        /// There is a new map: close the nodes that left it when they are drained, let waiting requests go on.
        case apply(leaving: [NodeAddress], wake: NIODeadline?)
        /// Nobody answered. Requests that wait for a first map are refused.
        case giveUp(wake: NIODeadline)
    }

    /// Where a request goes.
    enum Route: Equatable, Sendable {
        /// To the node with that index.
        case node(Int)
        /// Nowhere until there is a first map.
        case wait
        /// Nowhere for now: no node is known to serve the slot.
        case unassigned
        /// Nowhere: no node ever answered.
        case unavailable
    }

    private(set) var phase = Phase.idle
    private(set) var map = SlotMap()
    /// Masters whose connection was lost and that were not seen to live since.
    private(set) var suspects: Set<NodeAddress> = []

    private let seeds: [NodeAddress]
    private let settings: RedisTopologySettings
    private var random: SplitMix
    /// When the next question may be asked.
    private var earliest = NIODeadline.distantPast
    /// Something that came while a node was asked, or too soon, may not be in its answer.
    private var isWantedAgain = false
    /// How often in a row an answer left something to be wished for.
    private var unsettled = 0

    /// Masters and replicas that are asked in one go, besides the seeds.
    static let maximumMastersAsked = 8
    static let maximumReplicasAsked = 4
    /// How often in a row nodes are asked again soon because their answer lacks a master: with the usual settings for
    /// 20 s, five seconds longer than a cluster's usual time-out of nodes.
    static let shortPauses = 64

    init(seeds: [NodeAddress], settings: RedisTopologySettings, randomSeed: UInt64) {
        self.seeds = seeds
        self.settings = settings
        random = SplitMix(seed: randomSeed)
    }

    // MARK: Requests

    /// Where a request for a slot goes; one without a slot goes to any node.
    @inline(__always)
    func route(_ slot: HashSlot?) -> Route {
        if let slot, let index = map.index(of: slot) { return .node(index) }
        return routeWithoutSlot(isAnyNode: slot == nil)
    }

    private func routeWithoutSlot(isAnyNode: Bool) -> Route {
        if isAnyNode, let index = anyNode { return .node(index) }
        guard map.isEmpty else { return .unassigned }
        switch phase {
        case .idle, .asking: return .wait
        case .ready, .degraded, .closed: return .unavailable
        }
    }

    private var anyNode: Int? {
        let trusted = map.nodes.firstIndex { address in address.map { !suspects.contains($0) } ?? false }
        return trusted ?? map.nodes.firstIndex { $0 != nil }
    }

    // MARK: Events

    mutating func start() -> Action {
        guard case .idle = phase else { return .none }
        return ask(nil)
    }

    /// A server said that a slot is served elsewhere: true at once, and likely true for more slots.
    mutating func moved(_ slot: HashSlot, to address: NodeAddress, now: NIODeadline) -> Action {
        guard phase != .closed else { return .none }
        if !map.isEmpty { map.assign(slot, to: address) }
        return refreshWanted(preferring: address, now: now)
    }

    /// A connection was lost, or could not be made.
    mutating func disconnected(_ address: NodeAddress, now: NIODeadline) -> Action {
        if map.index(of: address) != nil { suspects.insert(address) }
        return refreshWanted(now: now)
    }

    /// Something shows that the map may be old.
    mutating func refreshWanted(preferring address: NodeAddress? = nil, now: NIODeadline) -> Action {
        switch phase {
        case .idle, .degraded, .closed: return .none
        case .asking:
            isWantedAgain = true
            return .none
        case .ready:
            if now >= earliest { return ask(address) }
            guard !isWantedAgain else { return .none }
            isWantedAgain = true
            return .wake(earliest)
        }
    }

    /// A node told its map.
    mutating func answered(
        _ shards: [SlotMap.Shard], by address: NodeAddress, open: [NodeAddress], now: NIODeadline
    ) -> Action {
        guard case .asking(address, _) = phase else { return .none }
        // A node that was reset or forgotten knows of no slots. What others know is worth more.
        guard shards.contains(where: { !$0.slots.isEmpty }) else { return failed(address, now: now) }
        map.replace(with: shards)
        phase = .ready
        suspects.formIntersection(map.masters)
        suspects.remove(address)
        let isSettled = suspects.isEmpty && map.unassignedCount == 0
        unsettled = isSettled ? 0 : unsettled + 1
        earliest = now + settings.pause(afterFailures: Self.failures(unsettled), random: &random)
        let leaving = open.filter { map.index(of: $0) == nil }
        guard isWantedAgain || !isSettled else { return .apply(leaving: leaving, wake: nil) }
        isWantedAgain = true
        return .apply(leaving: leaving, wake: earliest)
    }

    /// A replica takes some time to become master, and every moment that this goes unnoticed nobody decides: so pauses
    /// stay short for as long as that usually takes.
    private static func failures(_ unsettled: Int) -> Int {
        unsettled <= shortPauses ? min(unsettled, 2) : unsettled - shortPauses + 2
    }

    /// A node did not tell its map: no connection, no answer in time, an error, nonsense.
    mutating func failed(_ address: NodeAddress, now: NIODeadline) -> Action {
        guard case .asking(address, var rest) = phase else { return .none }
        if !rest.isEmpty {
            let next = rest.removeFirst()
            phase = .asking(next, then: rest)
            return .ask(next)
        }
        unsettled += 1
        phase = .degraded(failures: unsettled)
        earliest = now + settings.pause(afterFailures: unsettled, random: &random)
        return .giveUp(wake: earliest)
    }

    /// The moment of the last `wake` has come. Nodes that live again are suspects no more.
    mutating func timerFired(isConnected: (NodeAddress) -> Bool, now: NIODeadline) -> Action {
        suspects = suspects.filter { !isConnected($0) }
        switch phase {
        case .idle, .asking, .closed: return .none
        case .degraded: return now >= earliest ? ask(nil) : .wake(earliest)
        case .ready:
            guard isWantedAgain else { return .none }
            return now >= earliest ? ask(nil) : .wake(earliest)
        }
    }

    mutating func close() { phase = .closed }

    private mutating func ask(_ preferred: NodeAddress?) -> Action {
        var candidates = candidates(preferred)
        guard !candidates.isEmpty else { return .none }
        let first = candidates.removeFirst()
        phase = .asking(first, then: candidates)
        isWantedAgain = false
        return .ask(first)
    }

    /// Who may know the map, best first, nobody twice. Different nodes each time, so that no node bears all questions.
    private mutating func candidates(_ preferred: NodeAddress?) -> [NodeAddress] {
        let masters = map.masters.shuffled(using: &random)
        let trusted = masters.filter { !suspects.contains($0) }
        let replicas = map.replicas.shuffled(using: &random)
        var ordered = preferred.map { [$0] } ?? []
        ordered += (trusted + masters.filter(suspects.contains)).prefix(Self.maximumMastersAsked)
        ordered += replicas.prefix(Self.maximumReplicasAsked)
        ordered += seeds
        var seen: Set<NodeAddress> = []
        return ordered.filter { seen.insert($0).inserted }
    }
}
