/// The keys of one map that a reader knows. Making it reports the keys that it does not know.
package struct Fields {
    /// Whose keys they are, for messages: `rule 'hourly'`.
    package let subject: String
    package let position: SourcePosition
    private let entries: [String: YAMLNode.Entry]

    /// `nil` when the value is not a map, which is reported.
    package init?(_ node: YAMLNode, of subject: String, known: [String], _ log: DiagnosticLog) {
        guard case .map(let all) = node.content else {
            log.report("expected a map of keys for \(subject), found \(node.kind)", at: node.position)
            return nil
        }
        self.subject = subject
        position = node.position
        var entries: [String: YAMLNode.Entry] = [:]
        for entry in all {
            if known.contains(entry.key) {
                entries[entry.key] = entry
            } else {
                let message = "unknown key \(entry.key.quoted) in \(subject)"
                log.report(message, at: entry.keyPosition, unknown: entry.key, among: known)
            }
        }
        self.entries = entries
    }

    /// The keys that are there.
    var keys: [String] { Array(entries.keys) }

    package subscript(key: String) -> YAMLNode? { entries[key]?.value }

    /// Where a key stands, or else where the map begins.
    package func position(of key: String) -> SourcePosition { entries[key]?.keyPosition ?? position }
}
