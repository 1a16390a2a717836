internal import Sluice

/// Reads one file of an envoyproxy/ratelimit configuration and collects everything that is wrong with it.
///
/// A key that envoyproxy/ratelimit knows but ignores where it stands is an error here: it would limit nothing.
struct EnvoyReader {
    let log: DiagnosticLog

    private static let rootKeys = ["domain", "descriptors"]
    private static let descriptorKeys = [
        "key", "value", "rate_limit", "shadow_mode", "quota_mode", "detailed_metric", "value_to_metric",
        "share_threshold", "metadata", "descriptors",
    ]
    private static let rateLimitKeys = ["unit", "requests_per_unit", "unlimited", "name", "replaces"]

    /// What the file says, except for what is wrong and was reported.
    func domain(_ root: YAMLNode?) -> EnvoyDomain? {
        guard let root, !root.isNull else {
            log.report("the file is empty; it begins with 'domain:'", at: .start)
            return nil
        }
        guard let fields = fields(root, of: "the file", known: Self.rootKeys) else { return nil }
        let descriptors = fields["descriptors"].map { self.descriptors($0, of: "the file") } ?? []
        guard let node = fields["domain"] else {
            log.report("the file has no 'domain:'", at: root.position)
            return nil
        }
        guard let name = text(node, "domain") else { return nil }
        guard !name.isEmpty else {
            log.report("'domain' is empty", at: node.position)
            return nil
        }
        return EnvoyDomain(name: name, file: log.source.name, position: node.position, descriptors: descriptors)
    }

    private func descriptors(_ node: YAMLNode, of subject: String) -> [EnvoyDescriptor] {
        guard !node.isNull else { return [] }
        guard case .list(let elements) = node.content else {
            log.report("expected a list of descriptors in \(subject), found \(node.kind)", at: node.position)
            return []
        }
        var lines: [String: Int] = [:]
        return elements.enumerated().compactMap { index, element in
            guard let descriptor = descriptor(element, number: index + 1, in: subject) else { return nil }
            // envoyproxy/ratelimit joins key and value, so it takes `a_b` for key `a` with the value `b`, too.
            let composite = descriptor.key + (descriptor.valueText.map { "_\($0)" } ?? "")
            if let line = lines[composite] {
                let message = "the descriptor \(composite.quoted) is already given in line \(line)"
                log.report(message, at: descriptor.position)
                return nil
            }
            lines[composite] = descriptor.position.line
            return descriptor
        }
    }

    private func descriptor(_ node: YAMLNode, number: Int, in parent: String) -> EnvoyDescriptor? {
        let named = [node["key"]?.text, node["value"]?.text].compactMap { $0?.isEmpty == false ? $0 : nil }
        let subject =
            named.isEmpty ? "descriptor \(number) of \(parent)" : "descriptor \(named.joined(separator: "=").quoted)"
        guard let fields = fields(node, of: subject, known: Self.descriptorKeys) else { return nil }
        let children = fields["descriptors"].map { descriptors($0, of: subject) } ?? []
        let rateLimit = fields["rate_limit"].flatMap { self.rateLimit($0, of: subject) }
        let value = fields["value"].flatMap { text($0, "value") }.flatMap { $0.isEmpty ? nil : $0 }
        let key = key(fields)
        var descriptor = EnvoyDescriptor(
            key: key ?? "", value: value.map(Self.value) ?? .any, position: fields.position(of: "key"),
            rateLimit: rateLimit, children: children)
        descriptor.isShadow = flag(fields, "shadow_mode")
        descriptor.isQuota = flag(fields, "quota_mode")
        descriptor.sharesThreshold = flag(fields, "share_threshold")
        descriptor.unused = ["detailed_metric", "value_to_metric"].filter { flag(fields, $0) }
        if fields["metadata"]?.isNull == false { descriptor.unused.append("metadata") }
        if descriptor.sharesThreshold, value?.contains("*") != true {
            let message = "'share_threshold' goes with a value that contains '*', for what else could it share"
            log.report(message, at: fields.position(of: "share_threshold"))
        }
        return key == nil ? nil : descriptor
    }

    private static func value(_ text: String) -> EnvoyDescriptor.Value {
        text.utf8.contains(UInt8(ascii: "*")) ? .wildcard(text) : .exact(text)
    }

    private func key(_ fields: Fields) -> String? {
        guard let node = fields["key"] else {
            log.report("\(fields.subject) has no 'key:'", at: fields.position)
            return nil
        }
        guard let key = text(node, "key") else { return nil }
        guard !key.isEmpty, key.utf8.count <= Descriptor.maximumBytes else {
            log.report("a key has 1 to \(Descriptor.maximumBytes) bytes", at: node.position)
            return nil
        }
        return key
    }

    // MARK: Limits

    private func rateLimit(_ node: YAMLNode, of descriptor: String) -> EnvoyRateLimit? {
        guard !node.isNull else { return nil }
        let subject = "'rate_limit' of \(descriptor)"
        guard let fields = fields(node, of: subject, known: Self.rateLimitKeys) else { return nil }
        var limit = EnvoyRateLimit()
        limit.requestsPerUnit = fields["requests_per_unit"].flatMap { requests($0) } ?? 0
        limit.name = fields["name"].flatMap { text($0, "name") }.flatMap { $0.isEmpty ? nil : $0 }
        limit.replaces = fields["replaces"].map { replaces($0, of: limit.name) } ?? []
        if flag(fields, "unlimited") {
            if let unit = fields["unit"], !unit.isNull {
                log.report("what is unlimited has no 'unit'; leave out one of them", at: fields.position(of: "unit"))
            }
        } else if let node = fields["unit"] {
            limit.unit = unit(node)
        } else {
            let words = EnvoyUnit.allCases.map(\.rawValue).joined(separator: ", ")
            log.report("\(subject) has no 'unit': it is one of \(words)", at: fields.position)
        }
        return limit
    }

    private func unit(_ node: YAMLNode) -> EnvoyUnit? {
        let words = EnvoyUnit.allCases.map(\.rawValue)
        guard let text = text(node, "unit") else { return nil }
        if let unit = EnvoyUnit(rawValue: text.lowercased()) { return unit }
        let message = "'unit' is one of \(words.joined(separator: ", ")), not \(node.kind)"
        log.report(message, at: node.position, unknown: text, among: words)
        return nil
    }

    private func requests(_ node: YAMLNode) -> UInt32? {
        guard !node.isNull, let text = text(node, "requests_per_unit") else { return nil }
        let isDecimal = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        // YAML 1.1, in which these files are written, reads 010 as 8.
        if isDecimal, text == "0" || text.utf8.first != 0x30, let requests = UInt32(text) { return requests }
        log.report("'requests_per_unit' is a whole number from 0 to \(UInt32.max), not \(node.kind)", at: node.position)
        return nil
    }

    private func replaces(_ node: YAMLNode, of own: String?) -> [String] {
        guard !node.isNull else { return [] }
        guard case .list(let elements) = node.content else {
            log.report("expected a list such as '- name: other' for 'replaces', found \(node.kind)", at: node.position)
            return []
        }
        return elements.compactMap { element in
            guard let fields = fields(element, of: "an entry of 'replaces'", known: ["name"]) else { return nil }
            let name = fields["name"].map { text($0, "name") } ?? ""
            guard let name else { return nil }
            let position = fields["name"]?.position ?? fields.position
            if name.isEmpty { log.report("an entry of 'replaces' has no name", at: position) }
            if name == own, !name.isEmpty { log.report("the limit \(name.quoted) cannot replace itself", at: position) }
            return name
        }
    }

    // MARK: Values

    /// The fields of a map. A key that belongs in another one is reported with its place.
    private func fields(_ node: YAMLNode, of subject: String, known: [String]) -> Fields? {
        guard case .map(let entries) = node.content else { return Fields(node, of: subject, known: known, log) }
        let homes = [
            ("at the beginning of the file", Self.rootKeys), ("in a descriptor", Self.descriptorKeys),
            ("in 'rate_limit'", Self.rateLimitKeys),
        ]
        var rest: [YAMLNode.Entry] = []
        for entry in entries {
            if !known.contains(entry.key), let home = homes.first(where: { $0.1.contains(entry.key) }) {
                log.report("\(entry.key.quoted) belongs \(home.0), not in \(subject)", at: entry.keyPosition)
            } else {
                rest.append(entry)
            }
        }
        return Fields(YAMLNode(content: .map(rest), position: node.position), of: subject, known: known, log)
    }

    /// The text of a value as it stands there, whatever YAML would take it for; empty if there is nothing.
    private func text(_ node: YAMLNode, _ key: String) -> String? {
        if node.isNull { return "" }
        if let text = node.text { return text }
        log.report("expected text for \(key.quoted), found \(node.kind)", at: node.position)
        return nil
    }

    /// A boolean in any of YAML 1.1's words, which these files may use.
    private func flag(_ fields: Fields, _ key: String) -> Bool {
        guard let node = fields[key], !node.isNull else { return false }
        if case .scalar(let text, isPlain: true) = node.content {
            let forms = [
                text.lowercased(), text.uppercased(), text.prefix(1).uppercased() + text.dropFirst().lowercased(),
            ]
            if forms.contains(text) {
                if ["true", "yes", "on", "y"].contains(forms[0]) { return true }
                if ["false", "no", "off", "n"].contains(forms[0]) { return false }
            }
        }
        log.report("\(key.quoted) is true or false, not \(node.kind)", at: node.position)
        return false
    }
}
