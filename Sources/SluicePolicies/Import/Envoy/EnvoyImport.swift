internal import Sluice

/// Makes policies of an envoyproxy/ratelimit configuration: one for each domain, with a rule for each limit.
///
/// A request to Sluice stands for one in which the proxy sends each path of the file whose keys it has as a descriptor
/// of its own. Of the paths with the same keys in the same order only one may apply there: the rule of a value that
/// comes first replaces those that come after it, and where it has no rule that could, one that lets everything pass
/// does.
struct EnvoyImport {
    /// A descriptor of the file, and what its rule will be.
    struct Node {
        let path: EnvoyPath
        let descriptor: EnvoyDescriptor
        let parent: Int?
        /// Descriptors of the same key that are tried before this one and may be met by the same value.
        var rivals: [Int] = []
        /// The name of its rule.
        var name = ""
        /// The rules that do not apply where this descriptor does.
        var switchesOff: [String] = []
        var remarks: [String] = []
    }

    private let domain: EnvoyDomain
    private var nodes: [Node] = []

    /// - Throws: That a domain has more limits than a policy may have rules, or a name that no policy may have.
    static func draft(_ domains: [EnvoyDomain]) throws(PolicyFileError) -> ImportDraft {
        var draft = ImportDraft()
        draft.remarks = [
            "A request's descriptor stands for all descriptors that a proxy would send for it: every rule applies "
                + "whose keys it has. envoyproxy/ratelimit asks for as many entries as a path has, in its order.",
            "A denied request is counted by no rule here; there it uses up all of its limits.",
        ]
        for domain in domains {
            var translation = EnvoyImport(domain)
            let policy = try translation.policy()
            if policy.rules.isEmpty {
                draft.remarks.append("The domain \(domain.name.quoted) has no limit, so it is no policy.")
            } else {
                draft.policies.append(policy)
            }
        }
        return draft
    }

    private init(_ domain: EnvoyDomain) {
        self.domain = domain
        add(domain.descriptors, below: EnvoyPath(domain: domain.name), parent: nil)
    }

    private mutating func add(_ descriptors: [EnvoyDescriptor], below path: EnvoyPath, parent: Int?) {
        var siblings: [Int] = []
        for descriptor in descriptors {
            let index = nodes.count
            nodes.append(Node(path: path.appending(descriptor), descriptor: descriptor, parent: parent))
            siblings.append(index)
            add(descriptor.children, below: nodes[index].path, parent: index)
        }
        for later in siblings {
            nodes[later].rivals = siblings.filter { $0 != later && takesPrecedence($0, over: later) }
        }
    }

    /// Whether a descriptor is tried before a sibling, and some value could meet both.
    private func takesPrecedence(_ first: Int, over second: Int) -> Bool {
        let (a, b) = (nodes[first].descriptor, nodes[second].descriptor)
        guard a.key == b.key else { return false }
        switch (a.value, b.value) {
        case (.any, _), (.exact, .exact): return false
        case (.exact, .any), (.wildcard, .any): return true
        case (.exact(let text), .wildcard(let wildcard)): return Pattern(wildcard).matches(text)
        // The wildcard's own text is looked for as an exact value, which is of no importance here.
        case (.wildcard, .exact): return false
        case (.wildcard(let one), .wildcard(let other)):
            return first < second && Pattern(one).mayOverlap(Pattern(other))
        }
    }

    // MARK: Rules

    private mutating func policy() throws(PolicyFileError) -> ImportDraft.PolicyDraft {
        var policy = ImportDraft.PolicyDraft(name: domain.name)
        nameRules()
        findReplaced()
        policy.remarks = remarks(ofPaths: nodes.filter { $0.descriptor.rateLimit != nil }.map(\.path))
        policy.rules = nodes.indices.flatMap { rules(of: $0) }
        let fault: String? =
            if policy.rules.count > Policy.maximumRules {
                "the domain \(domain.name.quoted) would be \(policy.rules.count) rules, and a policy has at most "
                    + "\(Policy.maximumRules); serve the file as it stands instead, with --envoy-config"
            } else if domain.name.utf8.count > PolicyFile.maximumNameBytes {
                "a policy's name has at most \(PolicyFile.maximumNameBytes) bytes, and this domain's is longer"
            } else if domain.name != domain.name.printable {
                "a policy's name cannot contain control characters"
            } else {
                nil
            }
        guard let fault else { return policy }
        throw PolicyFileError(
            .invalid, [PolicyDiagnostic(file: domain.file, position: domain.position, message: fault)])
    }

    private mutating func nameRules() {
        // Room for what distinguishes names that are cut.
        let longest = PolicyFile.maximumNameBytes - 16
        var taken: Set<String> = []
        for index in nodes.indices {
            var name = nodes[index].path.nameInDomain
            if name.utf8.count > longest {
                name = String(decoding: name.utf8.prefix(longest), as: UTF8.self).filter { $0 != "\u{fffd}" } + "…"
            }
            var number = 1
            while !taken.insert(number == 1 ? name : "\(name)#\(number)").inserted { number += 1 }
            nodes[index].name = number == 1 ? name : "\(name)#\(number)"
        }
    }

    /// Finds which rules each descriptor switches off: those that it takes the place of, and those it says it replaces.
    private mutating func findReplaced() {
        for index in nodes.indices where nodes[index].descriptor.rateLimit != nil {
            var step: Int? = index
            while let current = step {
                for rival in nodes[current].rivals { nodes[rival].switchesOff.append(nodes[index].name) }
                step = nodes[current].parent
            }
        }
        for index in nodes.indices {
            for name in nodes[index].descriptor.rateLimit?.replaces ?? [] { replace(name, by: index) }
        }
    }

    private mutating func replace(_ name: String, by index: Int) {
        let replaced = nodes.filter { $0.descriptor.rateLimit?.name == name }.map(\.name)
        nodes[index].switchesOff += replaced
        if replaced.isEmpty {
            nodes[index].remarks.append("It replaces \(name.quoted), which is the name of no limit in this domain.")
        } else if isOvertaken(index) {
            nodes[index].remarks.append(
                "It replaces \(name.quoted) also where another value takes its own place; there it does not.")
        }
    }

    /// Whether another descriptor may take the place of this one.
    private func isOvertaken(_ index: Int) -> Bool {
        !nodes[index].rivals.isEmpty || nodes[index].parent.map(isOvertaken) ?? false
    }

    /// The rule of a descriptor, and one that switches others off where it cannot.
    private func rules(of index: Int) -> [ImportDraft.RuleDraft] {
        let node = nodes[index]
        var rules: [ImportDraft.RuleDraft] = []
        let limit = node.descriptor.rateLimit.map { self.limit($0, of: node) }
        let canSwitch = limit != nil && !node.descriptor.isShadow
        if let limit {
            var rule = Rule(
                node.name, by: node.path.counted, limit, when: condition(node.path, names: []),
                replaces: canSwitch ? unique(node.switchesOff) : [], mode: node.descriptor.isShadow ? .shadow : .enforce
            )
            if limit.algorithm != .unlimited, node.descriptor.rateLimit?.requestsPerUnit == 0 { rule.cost = 2 }
            rules.append(ImportDraft.RuleDraft(rule: rule, remarks: node.remarks + remarks(of: node)))
        }
        if !canSwitch, !node.switchesOff.isEmpty {
            let reason =
                limit == nil
                ? "Has no limit, and so lets pass what the rules that it replaces would count."
                : "A rule in shadow mode replaces nothing; this one does it in its place."
            let rule = Rule(
                "\(node.name) only", .unlimited, when: condition(node.path, names: node.path.counted),
                replaces: unique(node.switchesOff))
            rules.append(ImportDraft.RuleDraft(rule: rule, remarks: [reason]))
        }
        return rules
    }

    private func unique(_ names: [String]) -> [String] {
        names.reduce(into: []) { unique, name in if !unique.contains(name) { unique.append(name) } }
    }

    private func limit(_ rateLimit: EnvoyRateLimit, of node: Node) -> Limit {
        guard let unit = rateLimit.unit else { return .unlimited }
        return unit.limit(rateLimit.requestsPerUnit) ?? .fixedWindow(1, per: .seconds(unit.seconds))
    }

    /// The values of a path, and that these keys are there at all.
    private func condition(_ path: EnvoyPath, names: [DescriptorKey]) -> Condition {
        Condition(
            zip(path.keys, path.steps).compactMap { key, step in
                if let text = step.valueText { return Condition.Term(key, [Pattern(text)]) }
                return names.contains(key) ? Condition.Term(key, ["*"]) : nil
            })
    }
}
