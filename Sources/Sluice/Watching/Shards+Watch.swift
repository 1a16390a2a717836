extension Shards {
    /// Has a decision seen by those who look on, if somebody does.
    @inline(__always)
    func watched(
        _ decision: Decision, _ policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>, _ operation: Operation,
        cost: Int64, now: Int64
    ) -> Decision {
        let level: DecisionWatch.Level = decision.isAllowed ? .everything : .denials
        let isSeen = watch._withUnsafeGuaranteedRef { $0.sees(level) && (decision.isAllowed || !$0.passesOver(now)) }
        if isSeen, operation.counts(cost) {
            tell(decision, policy, values, cost: cost, now: now)
        }
        return decision
    }

    @inline(never)
    private func tell(
        _ decision: Decision, _ policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>, cost: Int64, now: Int64
    ) {
        let rule = (0..<policy.ruleCount).first { policy.rules[$0].name == decision.rule }
        let subject = DecisionWatch.Subject(
            counter: rule.map { policy.rules[$0].counter } ?? policy.counter,
            key: rule.map { policy.groups[policy.rules[$0].group].key(values).of(rule: policy.rules[$0].tag) } ?? .none,
            cost: cost)
        watch._withUnsafeGuaranteedRef {
            $0.note(decision, subject, of: policy.policy.name, at: now) {
                let keys = rule.map { policy.policy.rules[$0].keys } ?? policy.keys
                return policy.name(keys) { values[$0].text }
            }
        }
    }

    /// Whether a decision is one of those whose duration is measured: one in 256, by the moment it is made at.
    @inline(__always)
    static func isTimed(at now: Int64) -> Bool { now & 0xff0 == 0 }
}

extension CellKey {
    /// Nobody's: where a list decided.
    static let none = CellKey(high: 0, low: 0)
}

extension CompiledPolicy {
    /// A caller by the values of some keys.
    func name(_ keys: [DescriptorKey], value: (Int) -> String?) -> String {
        var name = ""
        for key in keys {
            guard let value = self.keys.firstIndex(of: key).flatMap(value) else { continue }
            if !name.isEmpty { name += " " }
            name += key.name
            name += "="
            name += value
        }
        return name
    }
}

extension ValueBytes {
    /// The value as text; `nil` if it is missing.
    var text: String? { isPresent ? String(decoding: bytes, as: UTF8.self) : nil }
}
