extension Limiter {
    /// What has become of requests since the store was made, by rule: decisions, not looks. Reloads go on counting; a
    /// restart begins anew. At most 4,096 rules are counted apart.
    /// - Complexity: O(rules ever seen).
    public var counts: [RuleCount] { store.counts }

    /// How long decisions took: of each 256 one is measured.
    public var decisionDurations: DurationHistogram { store.watch.durations }

    /// The slots of concurrency rules that are held by leases which this limiter has given.
    public var heldSlots: [HeldSlots] { store.heldSlots(at: now()) }

    /// Counts what a store elsewhere has decided of a bare key.
    package func count(_ reply: ThrottleReply, of plan: ThrottlePlan) {
        guard plan.charge.cost > 0, !plan.isRefund else { return }
        let isImpossible = reply.isLimited && reply.retryAfterNanoseconds < 0
        store.shards.throttles.count(!reply.isLimited ? .allowed : isImpossible ? .impossible : .denied)
        if store.watch.sees(reply.isLimited ? .denials : .everything) {
            store.shards.tell(reply, of: plan.charge.key, cost: plan.charge.cost, now: now().nanoseconds)
        }
    }

    /// Keeps account of what becomes of a lease elsewhere.
    package func renewed(_ lease: Lease) {
        store.leases.renewed(
            lease.id, expiry: now().nanoseconds.saturatingAdding(lease.duration.wholeNanoseconds))
    }

    /// Keeps account of what becomes of a lease elsewhere.
    package func released(_ lease: Lease) { store.leases.released(lease.id) }
}
