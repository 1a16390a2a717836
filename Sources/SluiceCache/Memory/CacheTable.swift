/// The entries of one shard, where ``EvictionPolicy`` says which of them are kept.
///
/// An entry's key and value lie at the place that has its number in the policy.
@usableFromInline
struct CacheTable<Key: Hashable & Sendable, Payload: Sendable>: ~Copyable {
    @usableFromInline
    struct Slot {
        @usableFromInline var key: Key
        @usableFromInline var payload: Payload

        @usableFromInline
        init(_ key: Key, _ payload: Payload) {
            self.key = key
            self.payload = payload
        }
    }

    @usableFromInline var policy: EvictionPolicy
    @usableFromInline var slots: ContiguousArray<Slot?> = []
    /// The most that one entry may weigh.
    private let mostWeight: Int

    init(entries: Int, weight: Int) {
        policy = EvictionPolicy(entries: entries, weight: weight)
        mostWeight = weight
    }

    // MARK: - Asking

    /// The number of a key's entry, if it is there and of use; counts as a hit or a miss.
    @inlinable
    mutating func ask(_ key: Key, _ hash: UInt64, _ now: Int64) -> Int? {
        switch policy.ask(hash, now) {
        case .entry(let number):
            if slots[number]!.key == key { return number }
            policy.wasNoHit()
        case .expired(let node): drop(node)
        case .nothing: break
        }
        return nil
    }

    /// What a key's entry holds, if it is there and of use; counts as nothing.
    func peek(_ key: Key, _ hash: UInt64, _ now: Int64) -> Payload? {
        let node = policy.node(of: hash)
        guard node >= 0, let slot = slots[Int(node)], slot.key == key, !policy.isExpired(node, now) else { return nil }
        return slot.payload
    }

    // MARK: - Changing

    /// Keeps an entry, in the place of what was there under its key. It may be the one that has to go.
    mutating func store(_ payload: Payload, for key: Key, _ hash: UInt64, weight: Int, expires: Int64, now: Int64) {
        var node = policy.node(of: hash)
        guard weight <= mostWeight, expires > now else {
            if node >= 0 { drop(node) }
            return
        }
        if node >= 0 {
            slots[Int(node)] = Slot(key, payload)
            policy.update(node, weight: weight, expires: expires)
        } else {
            node = policy.insert(hash, weight: weight, expires: expires, now: now)
            while slots.count <= Int(node) { slots.append(nil) }
            slots[Int(node)] = Slot(key, payload)
        }
        dropEvicted(sparing: node)
    }

    /// Removes whatever has a hash.
    mutating func remove(_ hash: UInt64) {
        let node = policy.node(of: hash)
        if node >= 0 { drop(node) }
    }

    /// Removes entries by what they hold.
    /// - Complexity: O(entries).
    mutating func removeAll(where isUnwanted: (Key, Payload) -> Bool) {
        for number in slots.indices {
            guard let slot = slots[number], isUnwanted(slot.key, slot.payload) else { continue }
            drop(Int32(number))
        }
    }

    @usableFromInline
    mutating func drop(_ node: Int32) {
        policy.remove(node)
        slots[Int(node)] = nil
    }

    /// A place whose entry was evicted may have been taken again by the entry that came in.
    private mutating func dropEvicted(sparing node: Int32) {
        for evicted in policy.evicted where evicted != node || policy.nodes[Int(node)].segment == .unused {
            slots[Int(evicted)] = nil
        }
        policy.evicted.removeAll(keepingCapacity: true)
    }
}
