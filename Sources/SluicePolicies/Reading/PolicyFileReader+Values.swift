package import Sluice

extension PolicyFileReader {
    /// Text that is not empty.
    package func text(_ node: YAMLNode, _ what: String) -> String? {
        guard let text = node.text, !node.isNull, !text.isEmpty else {
            log.report("expected \(what), found \(node.kind)", at: node.position)
            return nil
        }
        return text
    }

    /// A list of different texts; a single one stands for a list of it.
    package func texts(_ node: YAMLNode, _ what: String) -> [(text: String, position: SourcePosition)] {
        var texts: [(text: String, position: SourcePosition)] = []
        for element in node.elements {
            guard let text = text(element, what) else { continue }
            if texts.contains(where: { $0.text == text }) {
                log.report("\(text.quoted) is listed twice", at: element.position)
            } else {
                texts.append((text, element.position))
            }
        }
        return texts
    }

    /// `true` or `false`. YAML 1.1's other words for them are refused: `no` is a country, too.
    package func boolean(_ node: YAMLNode, _ key: String) -> Bool? {
        switch node.content {
        case .scalar("true", isPlain: true): return true
        case .scalar("false", isPlain: true): return false
        case .scalar(let text, _):
            var suggestion: String?
            if ["yes", "on", "y", "1", "true"].contains(text.lowercased()) { suggestion = "true" }
            if ["no", "off", "n", "0", "false"].contains(text.lowercased()) { suggestion = "false" }
            let message = "\(key.quoted) is true or false, not \(node.kind)"
            log.report(message, at: node.position, suggesting: suggestion)
        default: log.report("\(key.quoted) is true or false, not \(node.kind)", at: node.position)
        }
        return nil
    }

    /// One of the words of an enumeration.
    package func word<Words: CaseIterable & RawRepresentable>(
        _ node: YAMLNode, _ key: String, of type: Words.Type = Words.self
    ) -> Words? where Words.RawValue == String {
        let words = Words.allCases.map(\.rawValue)
        guard let text = text(node, "one of \(words.joined(separator: ", "))") else { return nil }
        if let word = Words(rawValue: text) { return word }
        let message = "\(key.quoted) is one of \(words.joined(separator: ", ")), not \(text.quoted)"
        log.report(message, at: node.position, unknown: text, among: words)
        return nil
    }

    /// A whole number from 1.
    package func count(_ node: YAMLNode, _ key: String) -> Int64? {
        parsed(node, "a whole number for \(key.quoted)") { text throws(TextFault) in try CountText.parse(text) }
    }

    /// A span of more than nothing.
    package func duration(_ node: YAMLNode, _ key: String) -> Duration? {
        parsed(node, "a span of time for \(key.quoted), such as 10s") { text throws(TextFault) in
            .nanoseconds(try DurationText.parse(text))
        }
    }

    /// What `parse` makes of a text.
    package func parsed<Value>(
        _ node: YAMLNode, _ what: String, _ parse: (String) throws(TextFault) -> Value
    ) -> Value? {
        guard let text = text(node, what) else { return nil }
        do {
            return try parse(text)
        } catch {
            log.report(error, at: node.position)
            return nil
        }
    }

    /// A policy's or rule's name.
    package func name(_ text: String, of what: String, at position: SourcePosition) -> String? {
        guard !text.isEmpty else {
            log.report("a \(what) needs a name", at: position)
            return nil
        }
        guard text.utf8.count <= PolicyFile.maximumNameBytes else {
            log.report("a \(what)'s name has at most \(PolicyFile.maximumNameBytes) bytes", at: position)
            return nil
        }
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            log.report("a \(what)'s name cannot contain control characters", at: position)
            return nil
        }
        return text
    }

    package func descriptorKey(_ node: YAMLNode) -> DescriptorKey? {
        text(node, "the name of a descriptor key").flatMap { descriptorKey($0, at: node.position) }
    }

    /// The name of a descriptor key.
    package func descriptorKey(_ text: String, at position: SourcePosition) -> DescriptorKey? {
        guard !text.isEmpty, text.utf8.count <= Descriptor.maximumBytes else {
            log.report("a descriptor key has 1 to \(Descriptor.maximumBytes) bytes", at: position)
            return nil
        }
        return DescriptorKey(text)
    }
}
