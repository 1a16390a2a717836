internal import Sluice

/// Makes the tree that is walked of what was read, and the limits of its nodes.
struct EnvoyTreeBuilder {
    private(set) var limits: [EnvoyLimit] = []
    private var policyCount = 0

    mutating func root(_ domain: EnvoyDomain) -> EnvoyNode {
        var root = EnvoyNode()
        root.children = children(domain.descriptors, below: EnvoyPath(domain: domain.name))
        return root
    }

    private mutating func children(
        _ descriptors: [EnvoyDescriptor], below path: EnvoyPath
    ) -> [ExactText: EnvoyChoices] {
        var children: [ExactText: EnvoyChoices] = [:]
        for descriptor in descriptors {
            let node = node(descriptor, at: path.appending(descriptor))
            let key = ExactText(descriptor.key)
            switch descriptor.value {
            case .any: children[key, default: EnvoyChoices()].bare = node
            case .exact(let text): children[key, default: EnvoyChoices()].exact[ExactText(text)] = node
            case .wildcard(let text):
                children[key, default: EnvoyChoices()].wildcards.append((Pattern(text), node))
                // A value that is the wildcard's own text is looked for like any other, before wildcards are tried.
                children[key, default: EnvoyChoices()].exact[ExactText(text)] = node
            }
        }
        return children
    }

    private mutating func node(_ descriptor: EnvoyDescriptor, at path: EnvoyPath) -> EnvoyNode {
        var node = EnvoyNode(isCounted: descriptor.isCounted)
        if let rateLimit = descriptor.rateLimit {
            node.limit = limits.count
            limits.append(limit(rateLimit, of: descriptor, at: path))
        }
        node.children = children(descriptor.children, below: path)
        return node
    }

    private mutating func limit(
        _ rateLimit: EnvoyRateLimit, of descriptor: EnvoyDescriptor, at path: EnvoyPath
    ) -> EnvoyLimit {
        let isUnlimited = rateLimit.unit == nil
        defer { if !isUnlimited { policyCount += 1 } }
        return EnvoyLimit(
            policyName: path.name, ruleName: path.nameInDomain, keys: path.counted, unit: rateLimit.unit ?? .second,
            requestsPerUnit: isUnlimited ? 0 : rateLimit.requestsPerUnit, isUnlimited: isUnlimited,
            isShadow: descriptor.isShadow, isQuota: descriptor.isQuota, name: rateLimit.name,
            replaces: rateLimit.replaces, policyIndex: isUnlimited ? nil : policyCount)
    }
}

/// The way from a domain to one of its descriptors.
struct EnvoyPath {
    let domain: String
    private(set) var steps: [EnvoyDescriptor] = []

    init(domain: String) { self.domain = domain }

    func appending(_ descriptor: EnvoyDescriptor) -> EnvoyPath {
        var path = self
        path.steps.append(descriptor)
        return path
    }

    /// The domain and the steps.
    var name: String { "\(Self.escaped(domain))/\(nameInDomain)" }

    /// The steps, each as `key=value` or `key`.
    var nameInDomain: String {
        steps.map { step in
            let value = step.valueText.map { "=\(Self.escaped($0))" } ?? ""
            return Self.escaped(step.key, with: "=") + value
        }.joined(separator: "/")
    }

    /// The names of the steps' keys, each different: a key's second occurrence is `key#2`.
    var keys: [DescriptorKey] {
        var names: [String] = []
        for (index, step) in steps.enumerated() {
            var number = 1 + steps[..<index].count { $0.key == step.key }
            var name = number == 1 ? step.key : "\(step.key)#\(number)"
            while names.contains(name) || (number > 1 && steps.contains { $0.key == name }) {
                number += 1
                name = "\(step.key)#\(number)"
            }
            names.append(name)
        }
        return names.map { DescriptorKey($0) }
    }

    /// The names of the keys of which each value has a count of its own.
    var counted: [DescriptorKey] { zip(keys, steps).compactMap { $1.isCounted ? $0 : nil } }

    private static func escaped(_ text: String, with more: Unicode.Scalar? = nil) -> String {
        let isWord = text.utf8.allSatisfy { byte in
            (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "/")
                && byte != UInt8(ascii: "=")
        }
        if isWord { return text }
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isPlain =
                scalar != "%" && scalar != "/" && scalar != more && scalar.properties.generalCategory != .control
            if isPlain {
                escaped.append(scalar)
            } else {
                for byte in String(scalar).utf8 {
                    let digits = String(byte, radix: 16, uppercase: true)
                    escaped.append(contentsOf: "%\(digits.count == 1 ? "0" : "")\(digits)".unicodeScalars)
                }
            }
        }
        return String(escaped)
    }
}
