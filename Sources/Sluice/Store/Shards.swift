internal import Synchronization

/// A store's shards and limits as places in memory: a value without references, so that passing it around counts
/// none. Whoever has it also holds the store.
// Sendable: the shards are only touched under their locks, the limits never change once they have a number.
struct Shards: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    private let limits: UnsafeMutablePointer<CompiledLimit>
    /// Counts calls whose limits come with them.
    let throttles: RuleCounter
    /// The store's, which whoever has the shards also holds.
    let watch: Unmanaged<DecisionWatch>

    /// As many as a set of shards has bits in one word.
    static let count = 64

    init(limits: UnsafeMutablePointer<CompiledLimit>, throttles: RuleCounter, watch: DecisionWatch) {
        precondition(MemoryLayout<Shard>.size <= Shard.stride - Shard.lockBytes)
        precondition(MemoryLayout<Mutex<Void>>.size <= Shard.lockBytes)
        base = .allocate(byteCount: Self.count * Shard.stride, alignment: Shard.stride)
        self.limits = limits
        self.throttles = throttles
        self.watch = .passUnretained(watch)
        for index in 0..<Self.count { self[index].initializeLock() }
    }

    func deallocate() {
        for index in 0..<Self.count {
            self[index].deinitialize(count: 1)
            self[index].deinitializeLock()
        }
        base.deallocate()
    }

    @inline(__always)
    subscript(index: Int) -> UnsafeMutablePointer<Shard> {
        (base + (index &* Shard.stride &+ Shard.lockBytes)).assumingMemoryBound(to: Shard.self)
    }

    @inline(__always)
    func shard(of key: CellKey) -> UnsafeMutablePointer<Shard> { self[key.shard] }

    /// The limit of a number that the store's registry gave out.
    @inline(__always)
    func limit(_ id: LimitID) -> UnsafePointer<CompiledLimit> { UnsafePointer(limits + Int(id.rawValue)) }

    /// Frees what a cell keeps in the slab.
    func free(_ cell: Cell, _ slab: inout LogSlab) {
        let limit = limit(cell.limit)
        if cell.limit != .throttle, limit.pointee.usesSlab { limit.pointee.free(cell, &slab) }
    }
}

/// Some of a store's shards, locked and unlocked together, the lowest first.
struct ShardSet {
    private var bits: UInt64 = 0

    @inline(__always)
    mutating func insert(shardOf key: CellKey) { bits |= 1 &<< UInt64(key.shard) }

    static let all = ShardSet(bits: .max)

    init() {}
    private init(bits: UInt64) { self.bits = bits }

    @inline(__always)
    func lock(_ shards: Shards) {
        forEach { shards[$0].lock() }
    }

    @inline(__always)
    func unlock(_ shards: Shards) {
        forEach { shards[$0].unlock() }
    }

    @inline(__always)
    private func forEach(_ body: (Int) -> Void) {
        var rest = bits
        while rest != 0 {
            body(rest.trailingZeroBitCount)
            rest &= rest &- 1
        }
    }
}
