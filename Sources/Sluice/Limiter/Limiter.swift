internal import Synchronization

/// Decides whether a request may pass now, and if not, when.
///
/// ```swift
/// let limiter = try Limiter {
///     Policy("chat") {
///         Rule("flood", by: .user, .tokenBucket(5, per: .seconds(10)))
///     }
/// }
/// let decision = try limiter.decide("chat", [.user: "42"])
/// ```
/// Decisions are synchronous, made under short locks, and safe to ask for from any thread.
public final class Limiter: Sendable {
    /// Where the cells are.
    public let store: MemoryStore
    /// The time line that it lives on.
    public let time: TimeSource
    let waiters = Waiters()

    private let table: PolicyTable
    /// One replacement of the policies at a time.
    private let replacing = Mutex(())
    /// Counts reloads; a handle of another generation looks its policy up again.
    let generation = Generation()

    /// A limiter of these policies.
    /// - Throws: ``SluiceError`` with what is wrong in which rule.
    public init(
        _ policies: [Policy], store: MemoryStore = MemoryStore(), time: TimeSource = .system
    ) throws(SluiceError) {
        self.store = store
        self.time = time
        let compiled = try Self.compile(policies, generation: generation, store: store)
        table = PolicyTable(
            PolicyTable.Contents(policies, compiled: compiled, throttleHasher: store.throttleHasher()))
    }

    /// A limiter of the policies listed in braces.
    /// - Throws: ``SluiceError`` with what is wrong in which rule.
    public convenience init(
        store: MemoryStore = MemoryStore(), time: TimeSource = .system, @ListBuilder<Policy> policies: () -> [Policy]
    ) throws(SluiceError) {
        try self.init(policies(), store: store, time: time)
    }

    /// Checks policies without making a limiter.
    /// - Throws: ``SluiceError`` with what is wrong in which rule.
    public static func validate(_ policies: [Policy]) throws(SluiceError) {
        _ = try compile(policies, generation: Generation(), store: MemoryStore(holding: 1))
    }

    /// The policies in force.
    public var policies: [Policy] { table.policies }

    /// The present moment on this limiter's time line.
    public func now() -> Timestamp { time.now() }

    /// A policy looked up once, for where it is hot.
    /// - Throws: ``SluiceError/Code/unknownPolicy`` with the nearest name.
    public func policy(_ name: String) throws(SluiceError) -> PolicyHandle {
        PolicyHandle(limiter: self, compiled: try compiled(name))
    }

    /// Puts other policies in force, in one step, keeping what was used of limits whose numbers change.
    /// - Throws: ``SluiceError`` with what is wrong; the old policies stay in force then.
    public func replacePolicies(with policies: [Policy]) throws(SluiceError) {
        try replacing.withLock { _ throws(SluiceError) in
            // Whoever asks for a policy by name meanwhile gets the old one, and does not wait for all new ones.
            let compiled = try Self.compile(policies, generation: generation, store: store, isNext: true)
            let next = PolicyTable.Contents(policies, compiled: compiled, throttleHasher: store.throttleHasher())
            let old = table.replace(with: next) { generation.advance() }
            withExtendedLifetime(old) {} // what is not used any more goes without the lock
        }
    }

    func compiled(_ name: String) throws(SluiceError) -> CompiledPolicy {
        let (found, names) = table.policy(name)
        if let found { return found }
        throw SluiceError(.unknownPolicy, "unknown policy '\(name)'" + NearestWord.hint(for: name, among: names))
    }

    private static func compile(
        _ policies: [Policy], generation: Generation, store: MemoryStore, isNext: Bool = false
    ) throws(SluiceError) -> [String: CompiledPolicy] {
        var compiled: [String: CompiledPolicy] = [:]
        for policy in policies {
            guard compiled[policy.name] == nil else {
                throw SluiceError(.invalidPolicy, "two policies are named '\(policy.name)'")
            }
            compiled[policy.name] = try CompiledPolicy(
                policy, generation: generation, number: generation.number + (isNext ? 1 : 0), store: store)
        }
        return compiled
    }
}

extension Limiter {
    /// Decides and charges all rules that apply, or none.
    /// - Parameters:
    ///   - cost: 0 only looks.
    ///   - now: The moment of the request; by default the present one.
    /// - Throws: ``SluiceError`` for an unknown policy, an oversized descriptor, a negative cost, or a key that a
    ///   strict policy misses.
    public func decide(
        _ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, at now: Timestamp? = nil
    ) throws(SluiceError) -> Decision {
        try self.policy(policy).decide(descriptor, cost: cost, at: now)
    }

    /// Whether a request would pass now. Charges nothing.
    public func peek(
        _ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, at now: Timestamp? = nil
    ) throws(SluiceError) -> Decision {
        try self.policy(policy).apply(.peek, descriptor, cost: cost, at: now)
    }

    /// Gives `cost` back to every rule that applies, never beyond full.
    /// - Returns: What a peek says then.
    public func refund(
        _ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, at now: Timestamp? = nil
    ) throws(SluiceError) -> Decision {
        try self.policy(policy).apply(.refund, descriptor, cost: cost, at: now)
    }

    /// Forgets what a descriptor has used and its penalties.
    public func reset(_ policy: String, _ descriptor: Descriptor) throws(SluiceError) {
        _ = try self.policy(policy).apply(.reset, descriptor, cost: 1, at: nil)
    }

    /// Decides, or with `charging: false` only looks, and tells what each rule that applies says by itself.
    public func explain(
        _ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, charging: Bool = true, at now: Timestamp? = nil
    ) throws(SluiceError) -> (decision: Decision, rules: [RuleOutcome]) {
        let handle = try self.policy(policy)
        return try descriptor.withValues(of: handle.compiled) { values throws(SluiceError) in
            try handle.compiled.check(values, cost: cost)
            var rules: [RuleOutcome] = []
            let moment = (now ?? time.now()).nanoseconds
            let decision = store.shards.decide(
                handle.compiled, values, charging ? .decide : .peek, cost: cost, now: moment,
                observing: true, { charges in rules = charges.map(\.outcome) })
            return (decision, rules)
        }
    }

    /// Decides, and takes a slot of each concurrency rule if the request is allowed.
    /// - Returns: The decision, and the lease if a slot was taken.
    /// - Throws: ``SluiceError/Code/unsupported`` if no concurrency rule of the policy applies.
    public func acquire(
        _ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, at now: Timestamp? = nil
    ) throws(SluiceError) -> (decision: Decision, lease: Lease?) {
        let compiled = try compiled(policy)
        return try descriptor.withValues(of: compiled) { values throws(SluiceError) in
            try acquire(compiled, values, cost: cost, at: now ?? time.now())
        }
    }

    func acquire(
        _ policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>, cost: Int64, at now: Timestamp
    ) throws(SluiceError) -> (decision: Decision, lease: Lease?) {
        try policy.checkHasLeases()
        try policy.check(values, cost: cost)
        let id = UInt64.random(in: .min ... .max)
        var keys: [CellKey] = []
        var held = LeaseBook.Rules()
        var duration = Int64.max
        let decision = store.shards.decide(
            policy, values, .acquire(lease: id), cost: max(1, cost), now: now.nanoseconds,
            observing: true,
            { charges in
                for charge in charges where charge.limit.pointee.algorithm == .concurrency && charge.verdict.isAllowed {
                    // Mostly the only one: a list that grows has room for more.
                    if keys.isEmpty { keys = [charge.key] } else { keys.append(charge.key) }
                    held.add(charge.rule.pointee.counter)
                    duration = min(duration, charge.limit.pointee.period)
                }
            })
        guard decision.isAllowed, !keys.isEmpty else { return (decision, nil) }
        let expiry = now.nanoseconds.saturatingAdding(duration)
        store.leases.note(id, held, slots: max(1, cost), expiry: expiry, at: now.nanoseconds)
        return (decision, Lease(id: id, keys: keys, durationNanoseconds: duration))
    }

    /// Holds a lease for a whole duration more; `false` if it was held no longer.
    public func renew(_ lease: Lease, at now: Timestamp? = nil) -> Bool {
        let moment = (now ?? time.now()).nanoseconds
        store.leases.renewed(lease.id, expiry: moment.saturatingAdding(lease.duration.wholeNanoseconds))
        return store.shards.renew(lease.id, lease.keys, now: moment)
    }

    /// Gives a lease's slots back; `false` if it was held no longer.
    public func release(_ lease: Lease, at now: Timestamp? = nil) -> Bool {
        store.leases.released(lease.id)
        return store.shards.release(lease.id, lease.keys, now: (now ?? time.now()).nanoseconds)
    }

    /// redis-cell's decision on a bare key.
    package func throttle(
        key: UnsafeRawBufferPointer, maxBurst: Int64, count: Int64, periodSeconds: Int64, quantity: Int64,
        at now: Timestamp
    ) -> ThrottleReply {
        let call = ThrottleCall(
            key, throttleHasher(), maxBurst: maxBurst, count: count, periodSeconds: periodSeconds, quantity: quantity)
        return store.shards.throttle(call, now: now.nanoseconds)
    }

    func throttleHasher() -> KeyHasher { table.throttleHasher }
}
