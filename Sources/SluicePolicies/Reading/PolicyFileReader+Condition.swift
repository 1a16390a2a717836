internal import Sluice

extension PolicyFileReader {
    /// A condition of at least one term: `{command: "*", path: ["/a*", "/b"]}`.
    func condition(_ node: YAMLNode, of subject: String) -> Condition? {
        guard case .map(let entries) = node.content else {
            let message = "expected a condition such as '{user: \"vip-*\"}' for \(subject), found \(node.kind)"
            log.report(message, at: node.position)
            return nil
        }
        guard !entries.isEmpty else {
            log.report("an empty condition is met by everything; name a key or leave it out", at: node.position)
            return nil
        }
        let reports = log.reports
        let terms = entries.compactMap { entry -> Condition.Term? in
            descriptorKey(entry.key, at: entry.keyPosition).map { Condition.Term($0, patterns(entry.value, of: $0)) }
        }
        return log.reports == reports ? Condition(terms) : nil
    }

    private func patterns(_ node: YAMLNode, of key: DescriptorKey) -> [Pattern] {
        let elements = node.elements
        if elements.isEmpty {
            log.report("the list of patterns for \(key.name.quoted) is empty", at: node.position)
        }
        return elements.compactMap { pattern($0, of: key) }
    }

    /// A pattern: the text as it stands in the file, so that `42` and `true` are text too.
    private func pattern(_ node: YAMLNode, of key: DescriptorKey) -> Pattern? {
        guard case .scalar(let text, let isPlain) = node.content, !(isPlain && text.isEmpty) else {
            log.report("expected a pattern for \(key.name.quoted), found \(node.kind)", at: node.position)
            return nil
        }
        return pattern(text, of: key, at: node.position)
    }

    func pattern(_ text: String, of key: DescriptorKey, at position: SourcePosition) -> Pattern? {
        guard text.utf8.count <= Descriptor.maximumBytes else {
            log.report("a pattern has at most \(Descriptor.maximumBytes) bytes", at: position)
            return nil
        }
        let pattern = Pattern(text)
        // A network holds addresses, not its own notation; any other pattern matches itself.
        let isNetwork = !pattern.matches(text)
        if key == .ip, text.contains("/"), !isNetwork {
            log.report("\(text.quoted) is not a network; write it as 10.0.0.0/8 or 2001:db8::/32", at: position)
            return nil
        }
        return pattern
    }
}
