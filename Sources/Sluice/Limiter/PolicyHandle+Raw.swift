/// A key and its value as bytes where they lie, for transports.
package struct RawEntry {
    package var key: UnsafeRawBufferPointer
    package var value: UnsafeRawBufferPointer

    @inlinable
    package init(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        self.key = key
        self.value = value
    }
}

/// What one rule says of a request, with the key of the cell it counts in.
package struct RawOutcome {
    package var ruleIndex: Int
    package var keyHigh: UInt64
    package var keyLow: UInt64
    package var isAllowed: Bool
    package var isShadow: Bool
    /// Units in use after this request.
    package var used: Int64
    package var limit: Int64
}

extension PolicyHandle {
    /// Decides on bytes where they lie.
    /// - Throws: ``SluiceError`` for more than 16 entries or more than 1 KiB in a key or value.
    package func decide(
        _ entries: UnsafeBufferPointer<RawEntry>, _ operation: RawOperation, cost: Int64, at now: Timestamp
    ) throws(SluiceError) -> Decision {
        guard isCurrent else { return try limiter.policy(name).decide(entries, operation, cost: cost, at: now) }
        return try compiled.withValues(of: entries) { values throws(SluiceError) in
            try apply(operation, values, cost: cost, at: now)
        }
    }

    /// As `decide`, and tells what each rule that applies says by itself.
    package func decideDetailed(
        _ entries: UnsafeBufferPointer<RawEntry>, cost: Int64, at now: Timestamp, outcomes: inout [RawOutcome]
    ) throws(SluiceError) -> Decision {
        guard isCurrent else {
            return try limiter.policy(name).decideDetailed(entries, cost: cost, at: now, outcomes: &outcomes)
        }
        outcomes.removeAll(keepingCapacity: true)
        return try compiled.withValues(of: entries) { values throws(SluiceError) in
            try compiled.check(values, cost: cost)
            return limiter.store.shards.decide(
                compiled, values, .decide, cost: cost, now: now.nanoseconds,
                observing: true, { charges in for charge in charges { outcomes.append(charge.rawOutcome) } })
        }
    }

    /// Decides and takes a slot of each concurrency rule; see ``Limiter/acquire(_:_:cost:at:)``.
    package func acquire(
        _ entries: UnsafeBufferPointer<RawEntry>, cost: Int64 = 1, at now: Timestamp
    ) throws(SluiceError) -> (decision: Decision, lease: Lease?) {
        guard isCurrent else { return try limiter.policy(name).acquire(entries, cost: cost, at: now) }
        return try compiled.withValues(of: entries) { values throws(SluiceError) in
            try limiter.acquire(compiled, values, cost: cost, at: now)
        }
    }

    /// As `decide`, or with `charging: false` as `peek`, with each rule's outcome.
    package func explain(
        _ entries: UnsafeBufferPointer<RawEntry>, cost: Int64, charging: Bool, at now: Timestamp
    ) throws(SluiceError) -> (decision: Decision, rules: [RuleOutcome]) {
        guard isCurrent else {
            return try limiter.policy(name).explain(entries, cost: cost, charging: charging, at: now)
        }
        return try compiled.withValues(of: entries) { values throws(SluiceError) in
            try compiled.check(values, cost: cost)
            var rules: [RuleOutcome] = []
            let decision = limiter.store.shards.decide(
                compiled, values, charging ? .decide : .peek, cost: cost, now: now.nanoseconds,
                observing: true, { charges in rules = charges.map(\.outcome) })
            return (decision, rules)
        }
    }
}

extension Charge {
    var outcome: RuleOutcome {
        RuleOutcome(
            rule: rule.pointee.name, mode: rule.pointee.isShadow ? .shadow : .enforce, decision: decision)
    }

    var rawOutcome: RawOutcome {
        let limit = limit.pointee.capacity
        return RawOutcome(
            ruleIndex: rule.pointee.index, keyHigh: key.high, keyLow: key.low, isAllowed: verdict.isAllowed,
            isShadow: rule.pointee.isShadow, used: max(0, limit.saturatingSubtracting(verdict.remaining)), limit: limit)
    }
}

extension CompiledPolicy {
    /// Finds the value of each of the policy's keys among the entries.
    @inline(__always)
    func withValues<Result>(
        of entries: UnsafeBufferPointer<RawEntry>,
        _ body: (UnsafePointer<ValueBytes>) throws(SluiceError) -> Result
    ) throws(SluiceError) -> Result {
        guard entries.count <= Descriptor.maximumEntries else { throw .tooManyEntries(entries.count) }
        for entry in entries {
            guard entry.value.count <= Descriptor.maximumBytes, entry.key.count <= Descriptor.maximumBytes else {
                throw .tooLong(String(decoding: entry.key.prefix(Descriptor.maximumBytes), as: UTF8.self))
            }
        }
        let result = withUnsafeTemporaryAllocation(of: ValueBytes.self, capacity: max(1, keys.count)) { values in
            for index in 0..<keys.count { values[index] = value(of: keys[index], among: entries) }
            do throws(SluiceError) {
                return Swift.Result<Result, SluiceError>.success(try body(UnsafePointer(values.baseAddress!)))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// The last value given for a key.
    @inline(__always)
    private func value(of key: DescriptorKey, among entries: UnsafeBufferPointer<RawEntry>) -> ValueBytes {
        var found = ValueBytes.missing
        let name = key.name.utf8
        for entry in entries where entry.key.count == name.count && name.elementsEqual(entry.key) {
            found = ValueBytes(entry.value)
        }
        return found
    }
}

extension Descriptor {
    /// Lays the values that a policy asks for side by side as bytes.
    func withValues<Result>(
        of policy: CompiledPolicy, _ body: (UnsafePointer<ValueBytes>) throws(SluiceError) -> Result
    ) throws(SluiceError) -> Result {
        guard entries.count <= Self.maximumEntries else { throw .tooManyEntries(entries.count) }
        var size = 1
        for entry in entries {
            let count = entry.value.utf8.count
            guard count <= Self.maximumBytes, entry.key.name.utf8.count <= Self.maximumBytes else {
                throw .tooLong(entry.key.name)
            }
            size += count
        }
        let result = withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { bytes in
            withUnsafeTemporaryAllocation(of: ValueBytes.self, capacity: max(1, policy.keys.count)) { values in
                var offset = 0
                for (index, key) in policy.keys.enumerated() {
                    guard let value = self[key] else {
                        values[index] = .missing
                        continue
                    }
                    let target = UnsafeMutableRawBufferPointer(rebasing: bytes[offset...])
                    target.copyBytes(from: value.utf8)
                    values[index] = ValueBytes(UnsafeRawBufferPointer(rebasing: target[..<value.utf8.count]))
                    offset += value.utf8.count
                }
                do throws(SluiceError) {
                    return Swift.Result<Result, SluiceError>.success(try body(UnsafePointer(values.baseAddress!)))
                } catch {
                    return .failure(error)
                }
            }
        }
        return try result.get()
    }
}

extension SluiceError {
    static func tooManyEntries(_ count: Int) -> SluiceError {
        SluiceError(
            .invalidDescriptor,
            "the descriptor has \(count) entries; at most \(Descriptor.maximumEntries) are accepted")
    }
}
