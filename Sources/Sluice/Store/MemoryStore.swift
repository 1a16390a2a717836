internal import Synchronization

/// Cells in this process's memory: 64 flat tables, each under a lock of its own.
///
/// A decision locks the tables of its rules in ascending order, so decisions never wait for each other in a
/// circle. Nothing on its path allocates memory or counts references.
///
/// Sendable: `shards` points to memory that is only touched under a shard's lock.
public final class MemoryStore: @unchecked Sendable {
    /// The most cells of a store by default: at 42 bytes each they take 700 MB when all are used.
    public static let defaultCapacity = 1 << 24

    /// As many as a set of shards has bits in one word.
    static let shardCount = Shards.count

    /// The most cells held.
    public let capacity: Int

    let shards: Shards
    let registry: LimitRegistry
    let counters: CounterRegistry
    let leases = LeaseBook()
    /// Sees decisions as they are made.
    package let watch = DecisionWatch()
    private let tables: ReservedMemory
    private let slabs: ReservedMemory
    /// The key of all hashes; changed only by a restore, under all locks.
    let secret: Mutex<(UInt64, UInt64)>

    /// A store of at most `capacity` cells, and as many chunks of 64 bytes for logs and leases.
    ///
    /// Address space for all of them is reserved now; memory is taken as it is used.
    /// - Precondition: The address space can be reserved; ``init(holding:)`` throws instead.
    public convenience init(capacity: Int = defaultCapacity) {
        do {
            try self.init(holding: capacity)
        } catch {
            preconditionFailure(error.message)
        }
    }

    /// A store of at most `capacity` cells, and as many chunks of 64 bytes for logs and leases.
    /// - Throws: ``SluiceError`` if the capacity is not positive or its address space cannot be reserved.
    public convenience init(holding capacity: Int) throws(SluiceError) {
        try self.init(holding: capacity, secret: (.random(in: .min ... .max), .random(in: .min ... .max)))
    }

    /// A store whose keys are hashed with a given secret: instances that share cells elsewhere name them alike.
    package init(holding capacity: Int, secret: (UInt64, UInt64)) throws(SluiceError) {
        guard capacity >= 1, capacity <= 1 << 36 else {
            throw SluiceError(.invalidPolicy, "a store's capacity must be between 1 and 2^36 cells, not \(capacity)")
        }
        let perShard = (capacity + Self.shardCount - 1) / Self.shardCount
        let slots = ReservedMemory.fillingPages(CellTable.reservation(for: perShard), of: CellSlot.self)
        let chunks = min(LogSlab.most, perShard + 2)
        let chunkBytes = ReservedMemory.fillingPages(chunks * LogSlab.chunkBytes, of: UInt8.self)
        self.capacity = capacity
        registry = try LimitRegistry()
        counters = try CounterRegistry()
        tables = try ReservedMemory(byteCount: Self.shardCount * slots * MemoryLayout<CellSlot>.stride)
        slabs = try ReservedMemory(byteCount: Self.shardCount * chunkBytes)
        self.secret = Mutex(secret)
        shards = Shards(limits: registry.limits, throttles: counters.counter(CounterRegistry.throttle), watch: watch)
        let firstSlot = tables.base.bindMemory(to: CellSlot.self, capacity: Self.shardCount * slots)
        for index in 0..<Self.shardCount {
            let table = CellTable(slots: firstSlot + index * slots, reserved: slots, capacity: perShard)
            let slab = LogSlab(base: slabs.base + index * chunkBytes, capacity: chunks)
            shards[index].initialize(to: Shard(table: table, slab: slab))
        }
    }

    deinit {
        shards.deallocate()
    }

    /// What was counted of each rule; see ``CounterRegistry/counts``.
    var counts: [RuleCount] {
        for index in 0..<Self.shardCount {
            shards[index].lock()
            shards[index].pointee.tally.settle(index)
            shards[index].unlock()
        }
        return counters.counts
    }

    /// Cells held, those included that have expired and are not yet reclaimed.
    public var count: Int { sum { $0.table.occupied } }

    /// Bytes of the slots and chunks in use.
    public var bytes: Int {
        sum { $0.table.size * MemoryLayout<CellSlot>.stride + $0.slab.inUse * LogSlab.chunkBytes }
    }

    /// Cells that were dropped before they had expired, because the store was full.
    public var droppedCells: UInt64 { watch.droppedCells }

    /// Charges that were denied because the store was full of callers who are being limited.
    public var fullDenials: UInt64 { watch.refusedCharges }

    /// Reclaims expired cells, visiting about `budget` slots; for times when no decision does.
    public func sweep(budget: Int, at now: Timestamp) {
        for index in 0..<Self.shardCount {
            let shard = shards[index]
            shard.lock()
            shard.pointee.sweep(max(1, budget / Self.shardCount), now: now.nanoseconds, shards)
            shard.unlock()
        }
    }

    private func sum(_ part: (borrowing Shard) -> Int) -> Int {
        (0..<Self.shardCount).reduce(0) { total, index in
            let shard = shards[index]
            shard.lock()
            defer { shard.unlock() }
            return total + part(shard.pointee)
        }
    }
}
