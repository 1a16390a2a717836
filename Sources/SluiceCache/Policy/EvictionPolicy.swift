/// Decides which entries a cache keeps: S3-FIFO. Knows hashes, weights and times, neither keys nor values.
///
/// Newcomers stand in a small queue. Who is asked for twice before his turn comes moves to the main queue; who is not
/// goes, and is remembered for a while: if he comes back he goes to the main queue at once. In the main queue an entry
/// that was asked for gets another turn. A hit only counts, so it is cheap.
/// Source: Yang, Zhang, Qiu, Yue, Rashmi, "FIFO queues are all you need for cache eviction" (SOSP 2023).
///
/// Two keys of one hash are one entry to it: the later takes the place of the earlier.
@usableFromInline
struct EvictionPolicy {
    private(set) var nodes = ContiguousArray<CacheNode>()
    private var index = HashIndex()
    private var firstUnused: Int32 = -1
    private var small = ArrivalQueue()
    private var main = ArrivalQueue()
    private var ghosts: GhostTable

    private let mostEntries: Int
    private let mostWeight: Int
    /// What newcomers may weigh together.
    private let mostSmall: Int
    /// Where the search for expired entries goes on.
    private var hand = 0

    private(set) var count = 0
    private(set) var hits = 0
    private(set) var misses = 0
    private(set) var evictions = 0

    /// Entries that went and whose values are still to be dropped by the owner.
    var evicted = ContiguousArray<Int32>()

    /// How many nodes an insertion looks at to find expired ones.
    private static let lookedAtPerInsertion = 4

    /// - Parameters:
    ///   - entries: The most entries; at least one.
    ///   - weight: The most that all entries weigh; at least one.
    init(entries: Int, weight: Int) {
        mostEntries = entries
        mostWeight = weight
        mostSmall = max(1, weight / 10)
        ghosts = GhostTable(memory: entries - entries / 10)
    }

    /// What all entries weigh together.
    var weight: Int { small.weight + main.weight }

    /// The entry of a hash, or -1; counts as nothing.
    func node(of hash: UInt64) -> Int32 { index.node(hash, in: nodes) }

    /// Whether an entry is of no use any more.
    func isExpired(_ node: Int32, _ now: Int64) -> Bool { nodes[Int(node)].expires <= now }

    // MARK: - Asking

    /// What was found under a hash.
    @usableFromInline
    enum Finding {
        case entry(Int)
        /// An entry that is of no use any more.
        case expired(Int32)
        case nothing
    }

    /// Somebody asks for a hash; counts as a hit or a miss.
    @usableFromInline
    mutating func ask(_ hash: UInt64, _ now: Int64) -> Finding {
        let node = Int(index.node(hash, in: nodes))
        guard node >= 0 else {
            misses &+= 1
            return .nothing
        }
        guard nodes[node].expires > now else {
            misses &+= 1
            return .expired(Int32(node))
        }
        hits &+= 1
        let uses = nodes[node].uses
        // A favourite's memory is only read.
        if uses < CacheNode.mostUses { nodes[node].uses = uses &+ 1 }
        return .entry(node)
    }

    /// What was counted as a hit was of no use after all.
    @usableFromInline
    mutating func wasNoHit() {
        hits &-= 1
        misses &+= 1
    }

    // MARK: - Changing

    /// Takes an entry in, whose hash is not there and which is no heavier than all may be.
    ///
    /// - Returns: The entry's number.
    mutating func insert(_ hash: UInt64, weight: Int, expires: Int64, now: Int64) -> Int32 {
        dropSomeExpired(now)
        while count >= mostEntries || self.weight > mostWeight - weight { evictOne() }
        let node = takeNode()
        nodes[Int(node)].hash = hash
        nodes[Int(node)].weight = weight
        nodes[Int(node)].expires = expires
        nodes[Int(node)].uses = 0
        if ghosts.recall(hash) {
            Self.append(node, &main, .main, &nodes)
        } else {
            Self.append(node, &small, .small, &nodes)
        }
        count += 1
        if count > index.room { index.grow(nodes) } else { index.insert(node, hash) }
        return node
    }

    /// An entry has another value. ``evicted`` may hold it afterwards.
    mutating func update(_ node: Int32, weight: Int, expires: Int64) {
        nodes[Int(node)].expires = expires
        let change = weight - nodes[Int(node)].weight
        guard change != 0 else { return }
        nodes[Int(node)].weight = weight
        if nodes[Int(node)].segment == .small { small.weight += change } else { main.weight += change }
        while self.weight > mostWeight { evictOne() }
    }

    /// Takes an entry out; its value is the owner's to drop.
    @usableFromInline
    mutating func remove(_ node: Int32) {
        switch nodes[Int(node)].segment {
        case .small: Self.unlink(node, &small, &nodes)
        case .main: Self.unlink(node, &main, &nodes)
        case .unused: return
        }
        index.remove(node, nodes)
        nodes[Int(node)].segment = .unused
        nodes[Int(node)].newer = firstUnused
        firstUnused = node
        count -= 1
    }

    private mutating func takeNode() -> Int32 {
        guard firstUnused >= 0 else {
            nodes.append(CacheNode())
            return Int32(nodes.count - 1)
        }
        let node = firstUnused
        firstUnused = nodes[Int(node)].newer
        return node
    }

    private mutating func dropSomeExpired(_ now: Int64) {
        for _ in 0..<min(Self.lookedAtPerInsertion, nodes.count) {
            hand = hand + 1 < nodes.count ? hand + 1 : 0
            guard nodes[hand].segment != .unused, nodes[hand].expires <= now else { continue }
            remove(Int32(hand))
            evicted.append(Int32(hand))
        }
    }

    // MARK: - Evicting

    /// Evicts one entry, or moves newcomers on until there are none.
    private mutating func evictOne() {
        if small.oldest >= 0, small.weight >= mostSmall || main.oldest < 0 { evictSmall() } else { evictMain() }
    }

    private mutating func evictSmall() {
        while small.oldest >= 0 {
            let node = small.oldest
            guard nodes[Int(node)].uses > 1 else {
                ghosts.remember(nodes[Int(node)].hash)
                return evict(node)
            }
            nodes[Int(node)].uses = 0
            Self.unlink(node, &small, &nodes)
            Self.append(node, &main, .main, &nodes)
            if main.weight > mostWeight - mostSmall { return evictMain() }
        }
    }

    /// Ends, because each turn that an entry is given costs one of its uses.
    private mutating func evictMain() {
        while main.oldest >= 0 {
            let node = main.oldest
            guard nodes[Int(node)].uses > 0 else { return evict(node) }
            nodes[Int(node)].uses -= 1
            Self.unlink(node, &main, &nodes)
            Self.append(node, &main, .main, &nodes)
        }
    }

    private mutating func evict(_ node: Int32) {
        remove(node)
        evicted.append(node)
        evictions += 1
    }

    // MARK: - Queues

    private typealias Nodes = ContiguousArray<CacheNode>

    private static func append(
        _ node: Int32, _ queue: inout ArrivalQueue, _ segment: CacheNode.Segment, _ nodes: inout Nodes
    ) {
        nodes[Int(node)].segment = segment
        nodes[Int(node)].newer = -1
        nodes[Int(node)].older = queue.newest
        if queue.newest >= 0 { nodes[Int(queue.newest)].newer = node } else { queue.oldest = node }
        queue.newest = node
        queue.weight += nodes[Int(node)].weight
    }

    private static func unlink(_ node: Int32, _ queue: inout ArrivalQueue, _ nodes: inout Nodes) {
        let (newer, older) = (nodes[Int(node)].newer, nodes[Int(node)].older)
        if newer >= 0 { nodes[Int(newer)].older = older } else { queue.newest = older }
        if older >= 0 { nodes[Int(older)].newer = newer } else { queue.oldest = newer }
        queue.weight -= nodes[Int(node)].weight
    }
}
