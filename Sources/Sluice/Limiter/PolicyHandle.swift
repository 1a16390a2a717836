/// A policy looked up once, for where it is hot.
///
/// After a reload a handle still decides by the policies then in force, but looks its policy up by name each
/// time; ask the limiter for a new one to be fast again.
public struct PolicyHandle: Sendable {
    let limiter: Limiter
    let compiled: CompiledPolicy

    /// The policy's name.
    public var name: String { compiled.policy.name }

    /// The policy as it was when the handle was made.
    public var policy: Policy { compiled.policy }

    /// Decides and charges all rules that apply, or none.
    /// - Throws: ``SluiceError``; see ``Limiter/decide(_:_:cost:at:)``.
    public func decide(
        _ descriptor: Descriptor, cost: Int64 = 1, at now: Timestamp? = nil
    ) throws(SluiceError) -> Decision {
        try apply(.decide, descriptor, cost: cost, at: now)
    }

    /// Decides by one value, for a policy that knows only one key. Allocates nothing.
    /// - Precondition: The policy's rules, conditions and lists speak of exactly one key.
    /// - Throws: ``SluiceError`` for a value over 1 KiB, or a policy that a reload has removed.
    /// - Complexity: O(rules + length of `value`).
    public func decide(_ value: String, cost: Int64 = 1, at now: Timestamp? = nil) throws(SluiceError) -> Decision {
        guard isCurrent else { return try limiter.policy(name).decide(value, cost: cost, at: now) }
        precondition(compiled.onlyKey, "the policy knows several keys; give a descriptor")
        guard value.utf8.count <= Descriptor.maximumBytes else { throw .tooLong(compiled.keys[0].name) }
        guard cost >= 0, cost <= CompiledLimit.mostCount else { throw .cost(cost) }
        let moment = (now ?? limiter.time.now()).nanoseconds
        let decision = value.utf8.withContiguousStorageIfAvailable { bytes in
            decide(bytes, cost: cost, now: moment)
        }
        if let decision { return decision }
        // Only a string bridged from another language lies elsewhere.
        var copy = value
        return copy.withUTF8 { decide($0, cost: cost, now: moment) }
    }

    @inline(__always)
    private func decide(_ bytes: UnsafeBufferPointer<UInt8>, cost: Int64, now: Int64) -> Decision {
        var value = ValueBytes(UnsafeRawBufferPointer(bytes))
        return compiled.shards.decide(compiled, &value, .decide, cost: cost, now: now)
    }

    /// Whether no reload has happened since the lookup.
    public var isCurrent: Bool { compiled.isCurrent }

    func apply(
        _ operation: RawOperation, _ descriptor: Descriptor, cost: Int64, at now: Timestamp?
    ) throws(SluiceError) -> Decision {
        guard isCurrent else { return try limiter.policy(name).apply(operation, descriptor, cost: cost, at: now) }
        return try descriptor.withValues(of: compiled) { values throws(SluiceError) in
            try apply(operation, values, cost: cost, at: now ?? limiter.time.now())
        }
    }

    func apply(
        _ operation: RawOperation, _ values: UnsafePointer<ValueBytes>, cost: Int64, at now: Timestamp
    ) throws(SluiceError) -> Decision {
        try compiled.check(values, cost: cost)
        let shards = compiled.shards
        let moment = now.nanoseconds
        switch operation {
        case .decide: return shards.decide(compiled, values, .decide, cost: cost, now: moment)
        case .peek: return shards.decide(compiled, values, .peek, cost: cost, now: moment)
        case .refund: shards.refund(compiled, values, cost: cost, now: moment)
        case .reset: shards.reset(compiled, values)
        }
        return shards.decide(compiled, values, .peek, cost: 1, now: moment)
    }
}

/// What a transport asks of a policy.
package enum RawOperation: Sendable { case decide, peek, refund, reset }

extension CompiledPolicy {
    /// Checks what cannot be decided: a cost out of range, or a missing key if the policy is strict.
    @inline(__always)
    func check(_ values: UnsafePointer<ValueBytes>, cost: Int64) throws(SluiceError) {
        guard cost >= 0, cost <= CompiledLimit.mostCount else { throw .cost(cost) }
        if policy.isStrict { try checkKeys(values) }
    }

    private func checkKeys(_ values: UnsafePointer<ValueBytes>) throws(SluiceError) {
        for index in 0..<ruleCount where !groups[rules[index].group].isPresent(in: values) {
            let missing = policy.rules[index].keys.first { key in
                !values[keys.firstIndex(of: key)!].isPresent
            }
            throw SluiceError(
                .missingKey,
                "policy '\(policy.name)' is strict and rule '\(rules[index].name)' counts by "
                    + "'\(missing?.name ?? "")', which the descriptor lacks; add it")
        }
    }
}

extension SluiceError {
    static func tooLong(_ key: String) -> SluiceError {
        SluiceError(
            .invalidDescriptor,
            "the value of '\(key.prefix(64))' is longer than \(Descriptor.maximumBytes) bytes; shorten or hash it")
    }

    static func cost(_ cost: Int64) -> SluiceError {
        SluiceError(.invalidCost, "the cost is \(cost); it must be between 0 and \(CompiledLimit.mostCount)")
    }
}
