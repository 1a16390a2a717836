/// What is not asked but told: that a key is closed for a while, and what a call has really cost.
extension Limiter {
    /// Closes a rule for the descriptor's values: nothing passes it before `duration` is over.
    ///
    /// A hold never shortens one that lasts longer, and what was used stays used. Whoever asks meanwhile is denied as
    /// banned, with the exact wait. Of a rule with a ban of its own it lasts as long as the first ban at least, and the
    /// next ban is longer.
    /// - Throws: ``SluiceError/Code/unsupported`` for a rule that does not exist or that nobody can be banned from: it
    ///   needs ``Penalty/onHold`` or another ban; ``SluiceError/Code/missingKey`` if it does not count the descriptor.
    public func hold(
        _ policy: String, rule: String, _ descriptor: Descriptor, for duration: Duration, at now: Timestamp? = nil
    ) throws(SluiceError) {
        try self.policy(policy).hold(rule, descriptor, for: duration, at: now)
    }

    /// Opens a rule again that was closed for the descriptor's values, by hand or by a penalty.
    /// - Throws: ``SluiceError``; see ``hold(_:rule:_:for:at:)``.
    public func lift(_ policy: String, rule: String, _ descriptor: Descriptor) throws(SluiceError) {
        try self.policy(policy).lift(rule, descriptor)
    }

    /// Corrects a call that was charged `estimate` and has really cost `actual`, even beyond the limit.
    ///
    /// Every rule that applies stands afterwards as if the call had been charged `actual`; what is beyond a limit,
    /// later callers wait for. An estimate of 0 charges what nobody has asked for; an actual cost of 0 is a refund.
    /// Rules with a cost of their own, and gaps, count calls: they change only if one of both is 0.
    /// - Returns: What a peek says then.
    /// - Throws: ``SluiceError``; see ``decide(_:_:cost:at:)``. With ``SluiceError/Code/storeFailed`` there was no
    ///   room.
    public func settle(
        _ policy: String, _ descriptor: Descriptor, estimate: Int64, actual: Int64, at now: Timestamp? = nil
    ) throws(SluiceError) -> Decision {
        try self.policy(policy).settle(descriptor, estimate: estimate, actual: actual, at: now)
    }
}

extension PolicyHandle {
    /// Closes a rule for the descriptor's values; see ``Limiter/hold(_:rule:_:for:at:)``.
    public func hold(
        _ rule: String, _ descriptor: Descriptor, for duration: Duration
    ) throws(SluiceError) { try hold(rule, descriptor, for: duration, at: nil) }

    /// Corrects what a call was charged; see ``Limiter/settle(_:_:estimate:actual:at:)``.
    public func settle(
        _ descriptor: Descriptor, estimate: Int64, actual: Int64
    ) throws(SluiceError) -> Decision { try settle(descriptor, estimate: estimate, actual: actual, at: nil) }

    /// Opens a rule again; see ``Limiter/lift(_:rule:_:)``.
    public func lift(_ rule: String, _ descriptor: Descriptor) throws(SluiceError) {
        guard isCurrent else { return try limiter.policy(name).lift(rule, descriptor) }
        try descriptor.withValues(of: compiled) { values throws(SluiceError) in
            compiled.shards.lift(try compiled.holdable(rule, values), of: compiled, values)
        }
    }

    func hold(
        _ rule: String, _ descriptor: Descriptor, for duration: Duration, at now: Timestamp?
    ) throws(SluiceError) {
        guard isCurrent else { return try limiter.policy(name).hold(rule, descriptor, for: duration, at: now) }
        let span = min(duration.wholeNanoseconds, CompiledLimit.longestPeriod)
        let moment = (now ?? limiter.time.now()).nanoseconds
        let isHeld = try descriptor.withValues(of: compiled) { values throws(SluiceError) in
            let rule = try compiled.holdable(rule, values)
            return span <= 0 || compiled.shards.hold(rule, of: compiled, values, for: span, now: moment)
        }
        guard isHeld else { throw .storeFull }
    }

    func settle(
        _ descriptor: Descriptor, estimate: Int64, actual: Int64, at now: Timestamp?
    ) throws(SluiceError) -> Decision {
        guard isCurrent else {
            return try limiter.policy(name).settle(descriptor, estimate: estimate, actual: actual, at: now)
        }
        let moment = now ?? limiter.time.now()
        return try descriptor.withValues(of: compiled) { values throws(SluiceError) in
            try compiled.check(values, cost: estimate)
            try compiled.check(values, cost: actual)
            let shards = compiled.shards
            guard shards.settle(compiled, values, estimate: estimate, actual: actual, now: moment.nanoseconds) else {
                throw .storeFull
            }
            return shards.decide(compiled, values, .peek, cost: 1, now: moment.nanoseconds)
        }
    }
}
