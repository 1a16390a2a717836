internal import Synchronization

/// The leases that this instance has given and that are neither given back nor run out, by the rules whose slots they
/// hold.
final class LeaseBook: Sendable {
    /// The rules whose slots a lease holds: mostly one, which needs no list.
    struct Rules {
        private var first: RuleCounter?
        private var others: [RuleCounter] = []

        init() {}

        init(_ rules: some Sequence<RuleCounter>) {
            for rule in rules { add(rule) }
        }

        mutating func add(_ rule: RuleCounter) {
            if first == nil { first = rule } else { others.append(rule) }
        }

        func forEach(_ body: (RuleCounter) -> Void) {
            if let first { body(first) }
            others.forEach(body)
        }
    }

    private struct Given {
        var rules: Rules
        var slots: Int64
        var expiry: Int64
    }

    /// The most leases that are kept account of.
    static let most = 65_536
    /// How long a full book goes unread for those that have run out, in nanoseconds.
    private static let pause: Int64 = 1_000_000_000

    private struct Book {
        var given: [UInt64: Given] = [:]
        /// When a full book is read next.
        var nextReading = Int64.min

        mutating func forgetExpired(at now: Int64) { given = given.filter { $0.value.expiry > now } }
    }

    private let book = Mutex(Book())

    /// A lease was given.
    func note(_ lease: UInt64, _ rules: Rules, slots: Int64, expiry: Int64, at now: Int64) {
        book.withLock { book in
            if book.given.count >= Self.most, now >= book.nextReading {
                book.forgetExpired(at: now)
                book.nextReading = now.saturatingAdding(Self.pause)
            }
            guard book.given.count < Self.most else { return }
            book.given[lease] = Given(rules: rules, slots: slots, expiry: expiry)
        }
    }

    /// A lease was renewed.
    func renewed(_ lease: UInt64, expiry: Int64) {
        book.withLock { $0.given[lease]?.expiry = expiry }
    }

    /// A lease was given back.
    func released(_ lease: UInt64) { book.withLock { _ = $0.given.removeValue(forKey: lease) } }

    /// The slots held now, by counter.
    func held(at now: Int64) -> [(counter: RuleCounter, slots: Int64)] {
        book.withLock { book in
            book.forgetExpired(at: now)
            var sums: [UnsafeRawPointer: (RuleCounter, Int64)] = [:]
            for lease in book.given.values {
                lease.rules.forEach { sums[$0.identity, default: ($0, 0)].1 += lease.slots }
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
