internal import Sluice

extension PolicyFileReader {
    static let policyKeys = ["rules", "mode", "on-store-failure", "strict", "partition", "allow", "deny"]

    func policy(_ entry: YAMLNode.Entry) -> Policy? {
        let subject = "policy \(entry.key.quoted)"
        let reports = log.reports
        guard let fields = Fields(entry.value, of: subject, known: Self.policyKeys, log) else { return nil }
        let mode = fields["mode"].flatMap { word($0, "mode", of: Rule.Mode.self) } ?? .enforce
        let policy = Policy(
            name(entry.key, of: "policy", at: entry.keyPosition) ?? "",
            rules: rules(fields, of: entry.key.isEmpty ? "?" : entry.key, mode: mode),
            allow: conditions(fields, "allow"),
            deny: conditions(fields, "deny"),
            isStrict: fields["strict"].flatMap { boolean($0, "strict") } ?? false,
            onStoreFailure: fields["on-store-failure"].flatMap { word($0, "on-store-failure") } ?? .local,
            partition: fields["partition"].flatMap { descriptorKey($0) })
        guard log.reports == reports else { return nil }
        return !asksOneByOne || isAccepted([policy], at: entry.keyPosition) ? policy : nil
    }

    private func conditions(_ fields: Fields, _ key: String) -> [Condition] {
        guard let node = fields[key] else { return [] }
        guard case .list(let elements) = node.content else {
            let message = "\(key.quoted) is a list of conditions such as '- {user: \"admin-*\"}', not \(node.kind)"
            log.report(message, at: node.position)
            return []
        }
        return elements.compactMap { condition($0, of: "an entry of \(key.quoted)") }
    }

    private func rules(_ fields: Fields, of policy: String, mode: Rule.Mode) -> [Rule] {
        guard let node = fields["rules"] else {
            log.report("\(fields.subject) has no 'rules:'", at: fields.position)
            return []
        }
        guard case .list(let elements) = node.content else {
            log.report("expected a list of rules in \(fields.subject), found \(node.kind)", at: node.position)
            return []
        }
        guard !elements.isEmpty else {
            log.report("\(fields.subject) has no rules; leave it out or give it one", at: node.position)
            return []
        }
        if elements.count > Policy.maximumRules {
            let message = "\(fields.subject) has \(elements.count) rules; the most is \(Policy.maximumRules)"
            log.report(message, at: elements[Policy.maximumRules].position)
        }
        checkNames(elements)
        checkReplaced(elements)
        return elements.enumerated().compactMap { index, element in
            rule(element, number: index + 1, in: policy, mode: mode)
        }
    }

    private func checkNames(_ rules: [YAMLNode]) {
        var lines: [String: Int] = [:]
        for case let node? in rules.map({ $0["name"] }) {
            guard let name = node.text else { continue }
            if let line = lines[name] {
                log.report("a rule named \(name.quoted) is already given in line \(line)", at: node.position)
            } else {
                lines[name] = node.position.line
            }
        }
    }

    private func checkReplaced(_ rules: [YAMLNode]) {
        let names = rules.compactMap { $0["name"]?.text }
        for rule in rules {
            guard let node = rule["replaces"] else { continue }
            let own = rule["name"]?.text
            for node in node.elements {
                guard let name = node.text, !node.isNull else { continue }
                if name == own {
                    log.report("rule \(name.quoted) cannot replace itself", at: node.position)
                } else if !names.contains(name) {
                    let others = names.filter { $0 != own }
                    log.report("no rule is named \(name.quoted)", at: node.position, unknown: name, among: others)
                }
            }
        }
    }

    /// Whether the core accepts policies; what the readers let pass is found and reported here.
    func isAccepted(_ policies: [Policy], at position: SourcePosition) -> Bool {
        do {
            try Limiter.validate(policies)
            return true
        } catch {
            log.report(error.message, at: position)
            return false
        }
    }
}
