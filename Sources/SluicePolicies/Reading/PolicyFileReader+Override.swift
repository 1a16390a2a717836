internal import Sluice

extension PolicyFileReader {
    /// A list of `{when: {user: "vip-*"}, limit: 50 per 10s}`, or the short form of a rule that counts by one key:
    /// `{"42": 100 per 1m, "vip-*": unlimited}`.
    func overrides(_ fields: Fields, keys: [DescriptorKey], limit: Limit?) -> [Rule.Override] {
        guard let node = fields["overrides"] else { return [] }
        switch node.content {
        case .list(let elements):
            return elements.compactMap { override($0, of: fields.subject, limit: limit) }
        case .map(let entries):
            guard let key = keys.first, keys.count == 1 else {
                let message = "\(fields.subject) does not count by exactly one key; write a list of overrides: "
                log.report(message + "'- {when: {user: \"42\"}, limit: 5 per 10s}'", at: node.position)
                return []
            }
            return entries.compactMap { override($0, by: key, limit: limit) }
        case .scalar:
            log.report("expected a list of overrides, found \(node.kind)", at: node.position)
            return []
        }
    }

    private func override(_ node: YAMLNode, of rule: String, limit base: Limit?) -> Rule.Override? {
        let subject = "an override of \(rule)"
        guard let fields = Fields(node, of: subject, known: ["when"] + Self.limitKeys, log) else { return nil }
        let limit = limit(fields, inheriting: base)
        guard let when = fields["when"] else {
            log.report("\(subject) has no 'when:'", at: fields.position)
            return nil
        }
        guard let condition = condition(when, of: "'when'"), let limit else { return nil }
        return Rule.Override(condition, limit)
    }

    private func override(_ entry: YAMLNode.Entry, by key: DescriptorKey, limit base: Limit?) -> Rule.Override? {
        if entry.key == "when", case .map = entry.value.content {
            log.report("overrides with 'when' are a list; begin each with '- '", at: entry.keyPosition)
            return nil
        }
        let pattern = pattern(entry.key, of: key, at: entry.keyPosition)
        guard let limit = shortLimit(entry.value, inheriting: base), let pattern else { return nil }
        return Rule.Override(Condition([Condition.Term(key, [pattern])]), limit)
    }

    /// A limit in one word, written as the rule's own: `100 per 1m`, the gap of a cooldown, or `unlimited`.
    private func shortLimit(_ node: YAMLNode, inheriting base: Limit?) -> Limit? {
        guard node.text != "unlimited" else { return .unlimited }
        let form = base.map { LimitForm($0.algorithm) } ?? .limit
        let entry = YAMLNode.Entry(key: form.rawValue, keyPosition: node.position, value: node)
        let written = YAMLNode(content: .map([entry]), position: node.position)
        return Fields(written, of: "the override", known: Self.limitKeys, log)
            .flatMap { limit($0, inheriting: base) }
    }
}
