/// A value of a YAML document with its place: what the readers see.
///
/// Aliases are resolved, keys are text, and how deep and how large it is has a limit.
package struct YAMLNode {
    package enum Content {
        /// Text as it stands in the file; `isPlain` unless it is quoted or a block.
        case scalar(String, isPlain: Bool)
        case list([YAMLNode])
        case map([Entry])
    }

    package struct Entry {
        package let key: String
        package let keyPosition: SourcePosition
        package let value: YAMLNode
    }

    package let content: Content
    package let position: SourcePosition

    /// The text of a scalar.
    package var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// Whether nothing stands here, or one of YAML's words for nothing.
    package var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The value of a key, if this is a map that has it.
    package subscript(key: String) -> YAMLNode? {
        guard case .map(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// The elements of a list; any other value stands for a list of itself.
    package var elements: [YAMLNode] {
        if case .list(let elements) = content { elements } else { [self] }
    }

    /// What stands here, for a message.
    package var kind: String {
        switch content {
        case _ where isNull: "nothing"
        case .scalar(let text, _): text.quoted
        case .list: "a list"
        case .map: "a map"
        }
    }
}
