/// Decides which entries a cache keeps: W-TinyLFU. Knows hashes, weights and times, neither keys nor values.
///
/// Newcomers enter a small window. What leaves it has to have been asked for more often than the entry that would go
/// for it; what is asked for again in the main segment is protected there. The window's size follows the trace.
/// Sources: Einziger, Friedman, Manes, "TinyLFU: A Highly Efficient Cache Admission Policy" (2017), and Caffeine.
///
/// Two keys of one hash are one entry to it: the later takes the place of the earlier.

struct EvictionPolicy {
    private(set) var nodes = ContiguousArray<CacheNode>()
    private var index = HashIndex()
    private var firstUnused: Int32 = -1
    private var sketch: FrequencySketch
    private var climber: WindowClimber
    private var window = RecencyList()
    private var probation = RecencyList()
    private var protected = RecencyList()

    private let mostEntries: Int
    private let mostWeight: Int
    private var mostInWindow: Int
    private var random: UInt64
    /// Where the search for expired entries goes on.
    private var hand = 0

    private(set) var count = 0
    private(set) var hits = 0
    private(set) var misses = 0
    private(set) var evictions = 0

    /// Entries that were evicted and whose values are still to be dropped by the owner.
    var evicted = ContiguousArray<Int32>()

    /// How many nodes an insertion looks at to find expired ones.
    private static let lookedAtPerInsertion = 4

    /// - Parameters:
    ///   - entries: The most entries; at least one.
    ///   - weight: The most that all entries weigh; at least one.
    ///   - seed: What the few random admissions follow from.
    init(entries: Int, weight: Int, seed: UInt64) {
        mostEntries = entries
        mostWeight = weight
        mostInWindow = max(1, weight / 100)
        sketch = FrequencySketch(capacity: entries)
        climber = WindowClimber(sampleSize: 10 * entries, capacity: weight)
        random = seed | 1
    }

    /// What all entries weigh together.
    var weight: Int { window.weight + probation.weight + protected.weight }

    /// The entry of a hash, or -1.

    func node(of hash: UInt64) -> Int32 { index.node(hash, in: nodes) }

    /// Whether an entry is of no use any more.

    func isExpired(_ node: Int32, _ now: Int64) -> Bool { nodes[Int(node)].expires <= now }

    // MARK: - Asking

    /// An entry was asked for and of use.

    mutating func hit(_ node: Int32) {
        hits &+= 1
        sketch.count(nodes[Int(node)].hash)
        switch nodes[Int(node)].segment {
        case .window: Self.refresh(node, &window, &nodes)
        case .protected: Self.refresh(node, &protected, &nodes)
        case .probation:
            Self.unlink(node, &probation, &nodes)
            Self.link(node, &protected, .protected, &nodes)
            demote()
        case .unused: break
        }
        if let change = climber.asked(hit: true) { resizeWindow(by: change) }
    }

    /// A hash was asked for in vain.

    mutating func miss(_ hash: UInt64) {
        misses &+= 1
        sketch.count(hash)
        if let change = climber.asked(hit: false) { resizeWindow(by: change) }
    }

    /// What was counted as a hit was of no use after all.

    mutating func wasNoHit() {
        hits &-= 1
        misses &+= 1
    }

    private var mostProtected: Int { (mostWeight - mostInWindow) * 4 / 5 }

    private mutating func demote() {
        while protected.weight > mostProtected, protected.oldest >= 0, protected.oldest != protected.newest {
            let node = protected.oldest
            Self.unlink(node, &protected, &nodes)
            Self.link(node, &probation, .probation, &nodes)
        }
    }

    private mutating func resizeWindow(by change: Int) {
        mostInWindow = min(max(mostInWindow + change, max(1, mostWeight / 100)), max(1, mostWeight * 4 / 5))
        demote()
    }

    // MARK: - Changing

    /// Takes an entry in, whose hash is not there. ``evicted`` may hold it afterwards.
    ///
    /// - Returns: The entry's number.
    mutating func insert(_ hash: UInt64, weight: Int, expires: Int64, now: Int64) -> Int32 {
        dropSomeExpired(now)
        let node = takeNode()
        nodes[Int(node)].hash = hash
        nodes[Int(node)].weight = weight
        nodes[Int(node)].expires = expires
        count += 1
        if count > index.room {
            nodes[Int(node)].segment = .window
            index.grow(nodes)
        } else {
            index.insert(node, hash)
        }
        Self.link(node, &window, .window, &nodes)
        shrink()
        return node
    }

    /// An entry has another value. ``evicted`` may hold it afterwards.
    mutating func update(_ node: Int32, weight: Int, expires: Int64) {
        nodes[Int(node)].expires = expires
        let change = weight - nodes[Int(node)].weight
        guard change != 0 else { return }
        nodes[Int(node)].weight = weight
        switch nodes[Int(node)].segment {
        case .window: window.weight += change
        case .probation: probation.weight += change
        case .protected: protected.weight += change
        case .unused: break
        }
        demote()
        shrink()
    }

    /// Takes an entry out; its value is the owner's to drop.
    mutating func remove(_ node: Int32) {
        switch nodes[Int(node)].segment {
        case .window: Self.unlink(node, &window, &nodes)
        case .probation: Self.unlink(node, &probation, &nodes)
        case .protected: Self.unlink(node, &protected, &nodes)
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

    private var isOver: Bool { count > mostEntries || weight > mostWeight }

    private mutating func evict(_ node: Int32) {
        remove(node)
        evicted.append(node)
        evictions += 1
    }

    private mutating func shrink() {
        while window.weight > mostInWindow {
            let candidate = window.oldest
            Self.unlink(candidate, &window, &nodes)
            Self.link(candidate, &probation, .probation, &nodes)
            compete(candidate)
        }
        while isOver { evict(victim) }
    }

    /// Who goes first: the main segment's oldest on probation, the protected after them, newcomers last.
    private var victim: Int32 {
        if probation.oldest >= 0 { return probation.oldest }
        return protected.oldest >= 0 ? protected.oldest : window.oldest
    }

    /// Lets an entry that left the window, the newest on probation, compete for its place.
    private mutating func compete(_ candidate: Int32) {
        while isOver {
            var other = probation.oldest
            if other == candidate { other = protected.oldest }
            guard other >= 0, isAdmitted(candidate, over: other) else { return evict(candidate) }
            evict(other)
        }
    }

    /// A few of those that are asked for often come in though they lose: else somebody who knows which hashes share
    /// counters could keep others out for good.
    private mutating func isAdmitted(_ candidate: Int32, over other: Int32) -> Bool {
        let mine = sketch.frequency(of: nodes[Int(candidate)].hash)
        let its = sketch.frequency(of: nodes[Int(other)].hash)
        if mine > its { return true }
        guard mine > 5 else { return false }
        // Xorshift; source: G. Marsaglia, "Xorshift RNGs" (2003).
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return random & 127 == 0
    }

    // MARK: - Lists

    private typealias Nodes = ContiguousArray<CacheNode>

    @inline(__always)
    private static func refresh(_ node: Int32, _ list: inout RecencyList, _ nodes: inout Nodes) {
        guard list.newest != node else { return }
        let segment = nodes[Int(node)].segment
        unlink(node, &list, &nodes)
        link(node, &list, segment, &nodes)
    }

    @inline(__always)
    private static func link(
        _ node: Int32, _ list: inout RecencyList, _ segment: CacheNode.Segment, _ nodes: inout Nodes
    ) {
        nodes[Int(node)].segment = segment
        nodes[Int(node)].newer = -1
        nodes[Int(node)].older = list.newest
        if list.newest >= 0 { nodes[Int(list.newest)].newer = node } else { list.oldest = node }
        list.newest = node
        list.weight += nodes[Int(node)].weight
    }

    @inline(__always)
    private static func unlink(_ node: Int32, _ list: inout RecencyList, _ nodes: inout Nodes) {
        let (newer, older) = (nodes[Int(node)].newer, nodes[Int(node)].older)
        if newer >= 0 { nodes[Int(newer)].older = older } else { list.newest = older }
        if older >= 0 { nodes[Int(older)].newer = newer } else { list.oldest = newer }
        list.weight -= nodes[Int(node)].weight
    }
}
