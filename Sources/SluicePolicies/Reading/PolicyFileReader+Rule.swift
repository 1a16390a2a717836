internal import Sluice

extension PolicyFileReader {
    static let ruleKeys =
        ["name", "by"] + limitKeys
        + ["when", "overrides", "replaces", "mode", "penalty", "cost", "on-store-failure", "borrow"]

    func rule(_ node: YAMLNode, number: Int, in policy: String, mode: Rule.Mode) -> Rule? {
        let named = node["name"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        let subject = named.map { "rule \($0.quoted)" } ?? "rule \(number) of policy \(policy.quoted)"
        let reports = log.reports
        guard let fields = Fields(node, of: subject, known: Self.ruleKeys, log) else { return nil }
        let limit = limit(fields, inheriting: nil)
        let keys = keys(fields)
        let rule = Rule(
            name(fields),
            by: keys,
            limit ?? .unlimited,
            when: fields["when"].flatMap { condition($0, of: "'when'") } ?? [:],
            overrides: overrides(fields, keys: keys, limit: limit),
            replaces: fields["replaces"].map { texts($0, "the name of a rule").map(\.text) } ?? [],
            mode: fields["mode"].flatMap { word($0, "mode") } ?? mode,
            penalty: fields["penalty"].flatMap { penalty($0, of: subject) },
            cost: fields["cost"].flatMap { count($0, "cost") },
            onStoreFailure: fields["on-store-failure"].flatMap { word($0, "on-store-failure") },
            borrow: fields["borrow"].flatMap { borrowing($0) })
        guard log.reports == reports else { return nil }
        return !asksOneByOne || isAccepted(rule, of: policy, fields) ? rule : nil
    }

    private func name(_ fields: Fields) -> String {
        guard let node = fields["name"] else {
            log.report("\(fields.subject) has no 'name:'", at: fields.position)
            return ""
        }
        return text(node, "a name").flatMap { name($0, of: "rule", at: node.position) } ?? ""
    }

    private func keys(_ fields: Fields) -> [DescriptorKey] {
        guard let node = fields["by"] else {
            let message = "\(fields.subject) has no 'by:'; write 'by: []' to count all callers together"
            log.report(message, at: fields.position)
            return []
        }
        let nodes = texts(node, "a list of descriptor keys such as [user, chat]")
        if nodes.count > Descriptor.maximumEntries {
            let message = "\(fields.subject) counts by \(nodes.count) keys; the most is \(Descriptor.maximumEntries)"
            log.report(message, at: nodes[Descriptor.maximumEntries].position)
        }
        return nodes.compactMap { descriptorKey($0.text, at: $0.position) }
    }

    /// `auto`, or how many units at a time.
    private func borrowing(_ node: YAMLNode) -> Rule.Borrowing? {
        guard let text = text(node, "'auto' or a whole number for 'borrow'") else { return nil }
        if text == "auto" { return .auto }
        if text.utf8.first.map({ (0x30...0x39).contains($0) || $0 == 0x2d }) ?? false {
            return count(node, "borrow").map { .units($0) }
        }
        let message = "'borrow' is 'auto' or a whole number, not \(text.quoted)"
        log.report(message, at: node.position, unknown: text, among: ["auto"])
        return nil
    }

    /// Asks the core about a rule by itself, so that what it refuses is told where it stands.
    private func isAccepted(_ rule: Rule, of policy: String, _ fields: Fields) -> Bool {
        if let fault = rule.borrowingFault, let node = fields["borrow"] {
            log.report("\(fields.subject): \(fault)", at: node.position)
            return false
        }
        var alone = rule
        alone.replaces = []
        do {
            try Limiter.validate([Policy(policy, rules: [alone])])
            return true
        } catch {
            // The limit without all the rest tells whether it is what is refused.
            let limit = Policy(policy, rules: [Rule(rule.name, rule.limit)])
            let isLimit = (try? Limiter.validate([limit])) == nil
            let key = isLimit ? LimitForm(rule.limit.algorithm).rawValue : "name"
            log.report(error.message, at: fields[key]?.position ?? fields.position)
            return false
        }
    }
}
