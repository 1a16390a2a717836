internal import Synchronization

/// The counters of all rules that a store has seen, by the names of policy and rule: a reload goes on counting.
final class CounterRegistry: Sendable {
    /// What is counted together.
    struct Name: Hashable, Sendable {
        var policy: String
        var rule: String
    }

    private struct Known {
        var places: [Name: Int] = [:]
        var names: [Name]
    }

    /// The most counters. Rules beyond are counted together, as ``rest``, and policies as ``restOfPolicies``.
    static let most = 4_096
    /// What rules are called that come when there are counters enough.
    static let rest = Name(policy: "(others)", rule: "(others)")
    /// What policies are called that come then, where no rule of theirs decides. It is counted without a shard's lock,
    /// as rules are not, and so apart.
    static let restOfPolicies = Name(policy: "(others)", rule: "")
    /// What calls of `CL.THROTTLE` are called, whose limits come with them.
    static let throttle = Name(policy: "(CL.THROTTLE)", rule: "")

    /// Touched, and so taken from the system, only as far as there are counters.
    private let memory: ReservedMemory
    private let known = Mutex(Known(places: [rest: 0, restOfPolicies: 1], names: [rest, restOfPolicies]))

    init() throws(SluiceError) {
        memory = try ReservedMemory(byteCount: Self.most * RuleCounter.byteCount)
    }

    /// The counter of a rule, new or known.
    func counter(policy: String, rule: String) -> RuleCounter { counter(Name(policy: policy, rule: rule)) }

    /// The counter of a name, new or known.
    func counter(_ name: Name) -> RuleCounter {
        let place = known.withLock { known in
            if let place = known.places[name] { return place }
            guard known.names.count < Self.most else { return name.rule.isEmpty ? 1 : 0 }
            known.places[name] = known.names.count
            known.names.append(name)
            return known.names.count - 1
        }
        return at(place)
    }

    /// The name of a counter of this registry.
    func name(of counter: RuleCounter) -> Name {
        let place = (counter.identity - UnsafeRawPointer(memory.base)) / RuleCounter.byteCount
        return known.withLock { $0.names[place] }
    }

    private func at(_ place: Int) -> RuleCounter { RuleCounter(memory.base + place * RuleCounter.byteCount) }

    /// What was counted, in the order in which the names came; without what never happened.
    var counts: [RuleCount] {
        known.withLock { $0.names }.enumerated().compactMap { place, name in
            let counter = at(place)
            let outcomes = counter.outcomes
            guard outcomes.contains(where: { $0 > 0 }) else { return nil }
            return RuleCount(policy: name.policy, rule: name.rule, counts: outcomes, used: counter.used)
        }
    }
}
