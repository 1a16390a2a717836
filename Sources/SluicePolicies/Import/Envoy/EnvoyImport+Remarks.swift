internal import Sluice

extension EnvoyImport {
    /// What is to be said of a rule.
    func remarks(of node: Node) -> [String] {
        guard let rateLimit = node.descriptor.rateLimit else { return [] }
        var remarks: [String] = []
        if let unit = rateLimit.unit, rateLimit.requestsPerUnit == 0 {
            remarks.append(
                "requests_per_unit is 0: nothing may pass. Each request costs 2 of 1 per \(unit.rawValue)."
            )
        }
        switch rateLimit.unit {
        case .month: remarks.append("A month has 30 days, as it has there.")
        case .year: remarks.append("A year has 365 days, as it has there.")
        default: break
        }
        if node.descriptor.isQuota {
            remarks.append("quota_mode has no equal: this rule denies by itself, not only if all quotas are used up.")
        }
        for option in node.descriptor.unused {
            let reason =
                option == "metadata" ? "nothing is sent along with a decision" : "metrics carry rules, never values"
            remarks.append("\(option) has no equal: \(reason).")
        }
        for (key, step) in zip(node.path.keys, node.path.steps) {
            if key.name != step.key {
                remarks.append(
                    "A request has one value for each key: send the later \(step.key.quoted) as \(key.name.quoted).")
            }
            if case .exact(let text) = step.value, !Pattern(text).matches(text) {
                remarks.append("\(text.quoted) means all addresses of that network here, not this text.")
            }
        }
        return remarks
    }

    /// What is to be said of a domain whose paths hold the same keys in several orders.
    func remarks(ofPaths paths: [EnvoyPath]) -> [String] {
        var orders: [Set<DescriptorKey>: Set<[DescriptorKey]>] = [:]
        for path in paths { orders[Set(path.keys), default: []].insert(path.keys) }
        return orders.filter { $0.value.count > 1 }.map { keys, _ in
            "Paths of \(keys.map(\.name.quoted).sorted().joined(separator: " and ")) in several orders: there is no "
                + "order here, so the rules of all of them apply together."
        }.sorted()
    }
}
