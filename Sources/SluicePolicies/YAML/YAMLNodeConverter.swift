internal import Yams

/// Turns Yams' nodes into `YAMLNode`s: undoes the disguise, resolves aliases within limits, finds repeated keys.
struct YAMLNodeConverter {
    /// A node with how many nodes it describes and how deep they nest.
    struct Converted {
        let node: YAMLNode
        var size = 1
        var height = 1
    }

    private let disguise: YAMLDisguise
    private let log: DiagnosticLog
    private var anchors: [String: Converted] = [:]
    private var total = 0

    init(_ disguise: YAMLDisguise, _ log: DiagnosticLog) {
        self.disguise = disguise
        self.log = log
    }

    mutating func convert(_ node: Node, depth: Int) throws(PolicyFileError) -> Converted {
        let position = node.mark.map { SourcePosition($0) } ?? .start
        if case .scalar(let scalar) = node, let alias = alias(scalar) {
            return try resolve(alias, at: position, depth: depth)
        }
        try admit(size: 1, height: 1, depth: depth, at: position)
        checkTag(of: node, at: position)
        let converted: Converted
        switch node {
        case .scalar(let scalar):
            let text = disguise.undone(scalar.string)
            let content = YAMLNode.Content.scalar(text, isPlain: scalar.style == .plain)
            converted = Converted(node: YAMLNode(content: content, position: position))
        case .sequence(let sequence): converted = try convert(sequence, at: position, depth: depth)
        case .mapping(let mapping): converted = try convert(mapping, at: position, depth: depth)
        case .alias:
            // Yams' composer resolves aliases and never returns this; and a disguised text has none.
            throw log.source.malformed("an alias cannot stand here", at: position)
        }
        if let anchor = node.anchor { anchors[anchor.rawValue] = converted }
        return converted
    }

    private mutating func convert(
        _ sequence: Node.Sequence, at position: SourcePosition, depth: Int
    ) throws(PolicyFileError) -> Converted {
        var (size, height) = (1, 0)
        var elements: [YAMLNode] = []
        for element in sequence {
            let converted = try convert(element, depth: depth + 1)
            size += converted.size
            height = max(height, converted.height)
            elements.append(converted.node)
        }
        return Converted(node: YAMLNode(content: .list(elements), position: position), size: size, height: height + 1)
    }

    private mutating func convert(
        _ mapping: Node.Mapping, at position: SourcePosition, depth: Int
    ) throws(PolicyFileError) -> Converted {
        var (size, height) = (1, 0)
        var entries: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        for (key, value) in mapping {
            let key = try convert(key, depth: depth + 1)
            let value = try convert(value, depth: depth + 1)
            size += key.size + value.size
            height = max(height, key.height, value.height)
            guard let text = admittedKey(key.node) else { continue }
            if let line = lines[text] {
                log.report("\(text.quoted) is already given in line \(line)", at: key.node.position)
                continue
            }
            lines[text] = key.node.position.line
            entries.append(YAMLNode.Entry(key: text, keyPosition: key.node.position, value: value.node))
        }
        return Converted(node: YAMLNode(content: .map(entries), position: position), size: size, height: height + 1)
    }

    private func admittedKey(_ key: YAMLNode) -> String? {
        guard case .scalar(let text, let isPlain) = key.content else {
            log.report("a key must be text, not \(key.kind)", at: key.position)
            return nil
        }
        if text == "<<", isPlain {
            log.report("merge keys ('<<') are not supported; write the values out", at: key.position)
            return nil
        }
        return text
    }

    // MARK: Aliases

    /// The name of the alias that a plain scalar was before the disguise.
    private func alias(_ scalar: Node.Scalar) -> String? {
        guard scalar.style == .plain, scalar.string.unicodeScalars.first == disguise.asterisk else { return nil }
        return disguise.undone(String(scalar.string.unicodeScalars.dropFirst()))
    }

    private mutating func resolve(
        _ alias: String, at position: SourcePosition, depth: Int
    ) throws(PolicyFileError) -> Converted {
        if let anchored = anchors[alias] {
            try admit(size: anchored.size, height: anchored.height, depth: depth, at: position)
            return anchored
        }
        let text = "*" + alias
        log.report("text that begins with '*' needs quotes: \"\(text.quoted.dropFirst().dropLast())\"", at: position)
        return Converted(node: YAMLNode(content: .scalar(text, isPlain: true), position: position))
    }

    // MARK: Limits

    private mutating func admit(
        size: Int, height: Int, depth: Int, at position: SourcePosition
    ) throws(PolicyFileError) {
        total += size
        guard total <= PolicyFile.maximumNodes else {
            let message = "the file describes more than \(PolicyFile.maximumNodes) values, aliases resolved"
            throw PolicyFileError(.invalid, [log.source.diagnostic(message, at: position)])
        }
        guard depth + height - 1 <= PolicyFile.maximumDepth else {
            let message = "values nest deeper than \(PolicyFile.maximumDepth) levels"
            throw PolicyFileError(.invalid, [log.source.diagnostic(message, at: position)])
        }
    }

    private func checkTag(of node: Node, at position: SourcePosition) {
        let tag =
            switch node {
            case .scalar(let scalar): scalar.tag.description
            case .sequence(let sequence): sequence.tag.description
            case .mapping(let mapping): mapping.tag.description
            case .alias(let alias): alias.tag.description
            }
        // Nearly every value has none.
        guard !tag.isEmpty, !Self.commonTags.contains(tag) else { return }
        log.report("the tag \(disguise.undone(tag).quoted) is not supported", at: position)
    }

    private static let commonTags = Set([Tag.Name.implicit, .nonSpecific, .str, .map, .seq].map(\.rawValue))
}
