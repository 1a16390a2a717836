public import Synchronization

/// A cache's entries, spread over tables of which each has its lock, so that threads rarely wait for each other.
@usableFromInline
final class CacheShards<Key: Hashable & Sendable, Payload: Sendable>: Sendable {
    @usableFromInline
    final class Shard: Sendable {
        @usableFromInline let table: Mutex<CacheTable<Key, Payload>>

        init(_ table: consuming sending CacheTable<Key, Payload>) { self.table = Mutex(table) }
    }

    @usableFromInline let shards: [Shard]
    @usableFromInline let shift: UInt64

    /// - Parameter count: A power of two.
    init(_ bounds: CacheBounds, count: Int) {
        shift = UInt64(64 - count.trailingZeroBitCount)
        shards = (0..<count).map { number in
            func share(_ whole: Int) -> Int {
                let (quotient, remainder) = whole.quotientAndRemainder(dividingBy: count)
                return quotient + (number < remainder ? 1 : 0)
            }
            return Shard(
                CacheTable(
                    entries: share(bounds.entries), weight: share(bounds.weight ?? bounds.entries)))
        }
    }

    /// The shard of a hash, whose top bits choose it.
    @inlinable
    @inline(__always)
    func shard(of hash: UInt64) -> Shard { shards[Int(truncatingIfNeeded: hash >> shift)] }

    func peek(_ key: Key, _ hash: UInt64, _ now: Int64) -> Payload? {
        shard(of: hash).table.withLock { $0.peek(key, hash, now) }
    }

    func store(_ payload: Payload, for key: Key, _ hash: UInt64, weight: Int, expires: Int64, now: Int64) {
        shard(of: hash).table.withLock {
            $0.store(payload, for: key, hash, weight: weight, expires: expires, now: now)
        }
    }

    func remove(_ hash: UInt64) { shard(of: hash).table.withLock { $0.remove(hash) } }

    func removeAll(where isUnwanted: @Sendable (Key, Payload) -> Bool) {
        for shard in shards { shard.table.withLock { $0.removeAll(where: isUnwanted) } }
    }

    /// Adds up something of all shards.
    func sum(_ part: @Sendable (borrowing CacheTable<Key, Payload>) -> Int) -> Int {
        shards.reduce(0) { sum, shard in sum + shard.table.withLock { part($0) } }
    }
}
