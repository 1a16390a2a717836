/// Whatever decides by policies: a ``Limiter`` in this process's memory, or one that several instances share on Redis.
///
/// What is built on limits, a middleware or an interceptor, is built on this, so that its users choose the store. The
/// calls are asynchronous here; of a limiter that decides in memory they return without waiting.
public protocol LimiterProtocol: Sendable {
    /// A policy looked up.
    associatedtype Handle: PolicyHandleProtocol

    /// The policies in force.
    var policies: [Policy] { get }
    /// The time line that it lives on.
    var time: TimeSource { get }

    /// A policy looked up once, for where it is hot.
    /// - Throws: ``SluiceError/Code/unknownPolicy`` with the nearest name.
    func policy(_ name: String) throws(SluiceError) -> Handle
    /// Holds a lease for a whole duration more; `false` if it was held no longer.
    /// - Throws: ``SluiceError/Code/storeFailed`` if the store does not tell.
    func renew(_ lease: Lease) async throws(SluiceError) -> Bool
    /// Gives a lease's slots back; `false` if it was held no longer.
    /// - Throws: ``SluiceError/Code/storeFailed`` if the store does not tell. Then the lease runs out by itself.
    func release(_ lease: Lease) async throws(SluiceError) -> Bool
}

/// A policy of any limiter, looked up once.
///
/// Whoever keeps one looks it up again when it is no longer current: it would decide by the policies then in force all
/// the same, but look its name up each time.
public protocol PolicyHandleProtocol: Sendable {
    /// The policy as it was when the handle was made.
    var policy: Policy { get }
    /// Whether no reload has happened since.
    var isCurrent: Bool { get }

    /// Decides and charges all rules that apply, or none. A cost of 0 only looks.
    /// - Throws: ``SluiceError`` for an oversized descriptor, a negative cost, a key that a strict policy misses, or a
    ///   policy that a reload has removed. A store that fails is no error: the rules' failure choices decide.
    func decide(_ descriptor: Descriptor, cost: Int64) async throws(SluiceError) -> Decision
    /// Whether a request would pass now. Charges nothing.
    /// - Throws: ``SluiceError``, as for a decision.
    func peek(_ descriptor: Descriptor, cost: Int64) async throws(SluiceError) -> Decision
    /// Decides, or with `charging: false` only looks, and tells what each rule that applies says by itself.
    /// - Throws: ``SluiceError``, as for a decision.
    func explain(
        _ descriptor: Descriptor, cost: Int64, charging: Bool
    ) async throws(SluiceError) -> (decision: Decision, rules: [RuleOutcome])
    /// Decides, and takes a slot of each concurrency rule if the request is allowed. The least cost is 1.
    /// - Returns: The decision, and the lease if a slot was taken.
    /// - Throws: ``SluiceError``, as for a decision; ``SluiceError/Code/unsupported`` if the policy has no concurrency
    ///   rule.
    func acquire(
        _ descriptor: Descriptor, cost: Int64
    ) async throws(SluiceError) -> (decision: Decision, lease: Lease?)
    /// Gives `cost` back to every rule that applies, never beyond full.
    /// - Returns: What a peek says then.
    /// - Throws: ``SluiceError``, as for a decision; ``SluiceError/Code/storeFailed`` if the store may not have taken
    ///   it.
    func refund(_ descriptor: Descriptor, cost: Int64) async throws(SluiceError) -> Decision
    /// Corrects a call that was charged `estimate` and has really cost `actual`, even beyond the limit: what is beyond,
    /// later callers wait for. An estimate of 0 charges what nobody has asked for. Rules with a cost of their own, and
    /// gaps, count calls: they change only if one of both is 0.
    /// - Returns: What a peek says then.
    /// - Throws: ``SluiceError``, as for a decision; ``SluiceError/Code/storeFailed`` if the store may not have taken
    ///   it.
    func settle(_ descriptor: Descriptor, estimate: Int64, actual: Int64) async throws(SluiceError) -> Decision
    /// Closes a rule for the descriptor's values: nothing passes it before `duration` is over, in any instance. It
    /// never shortens a hold that lasts longer.
    /// - Throws: ``SluiceError/Code/unsupported`` for a rule that does not exist or nobody can be banned from (see
    ///   ``Rule/canBeHeld``), ``SluiceError/Code/missingKey`` if it does not count the descriptor,
    ///   ``SluiceError/Code/storeFailed`` if the store may not have taken it.
    func hold(_ rule: String, _ descriptor: Descriptor, for duration: Duration) async throws(SluiceError)
    /// Opens a rule again that was closed for the descriptor's values, by hand or by a penalty.
    /// - Throws: ``SluiceError``, as for a hold.
    func lift(_ rule: String, _ descriptor: Descriptor) async throws(SluiceError)
}
