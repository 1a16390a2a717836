internal import Synchronization

/// The leases that this instance has given and that are neither given back nor run out, by the rules whose slots they
/// hold.
final class LeaseBook: Sendable {
    private struct Given {
        var counters: [RuleCounter]
        var slots: Int64
        var expiry: Int64
    }

    /// The most leases that are kept account of.
    static let most = 65_536

    private let given = Mutex<[UInt64: Given]>([:])

    /// A lease was given.
    func note(_ lease: UInt64, _ counters: [RuleCounter], slots: Int64, expiry: Int64, at now: Int64) {
        given.withLock { given in
            if given.count >= Self.most { given = given.filter { $0.value.expiry > now } }
            guard given.count < Self.most else { return }
            given[lease] = Given(counters: counters, slots: slots, expiry: expiry)
        }
    }

    /// A lease was renewed.
    func renewed(_ lease: UInt64, expiry: Int64) {
        given.withLock { $0[lease]?.expiry = expiry }
    }

    /// A lease was given back.
    func released(_ lease: UInt64) { given.withLock { _ = $0.removeValue(forKey: lease) } }

    /// The slots held now, by counter.
    func held(at now: Int64) -> [(counter: RuleCounter, slots: Int64)] {
        given.withLock { given in
            given = given.filter { $0.value.expiry > now }
            var sums: [UnsafeRawPointer: (RuleCounter, Int64)] = [:]
            for lease in given.values {
                for counter in lease.counters { sums[counter.identity, default: (counter, 0)].1 += lease.slots }
            }
            return sums.values.map { ($0.0, $0.1) }
        }
    }
}

/// The slots of a concurrency rule that are held.
public struct HeldSlots: Sendable, Hashable {
    /// The policy's name.
    public var policy: String
    /// The rule's name.
    public var rule: String
    /// The slots held, of all keys together.
    public var slots: Int64
}

extension MemoryStore {
    /// The slots held by leases that this instance has given, by rule; at most 65,536 leases are counted.
    package func heldSlots(at now: Timestamp) -> [HeldSlots] {
        leases.held(at: now.nanoseconds).map { held in
            let name = counters.name(of: held.counter)
            return HeldSlots(policy: name.policy, rule: name.rule, slots: held.slots)
        }.sorted { ($0.policy, $0.rule) < ($1.policy, $1.rule) }
    }
}
