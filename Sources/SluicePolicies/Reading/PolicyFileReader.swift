internal import Sluice

/// Reads policies from a YAML tree and collects everything that is wrong with them.
///
/// One extension for each part of the file. A function that returns `nil` has reported why.
package struct PolicyFileReader {
    package let log: DiagnosticLog
    /// Whether the core is asked about each rule and policy by itself, which is slow and finds the place of a fault.
    var asksOneByOne = true

    func policies(_ root: YAMLNode?) -> [Policy] {
        guard let root, !root.isNull else {
            log.report("the file is empty; it begins with 'policies:'", at: .start)
            return []
        }
        guard let fields = Fields(root, of: "the file", known: ["policies", "server"], log) else { return [] }
        guard let node = fields["policies"] else {
            log.report("the file has no 'policies:'", at: root.position)
            return []
        }
        guard case .map(let entries) = node.content, !entries.isEmpty else {
            // An entry that was no good is not there any more.
            if node.isEmptyMap, log.reports > 0 { return [] }
            let message = "expected a map of policies by name, found \(node.isEmptyMap ? "an empty one" : node.kind)"
            log.report(message, at: node.position)
            return []
        }
        return entries.compactMap { policy($0) }
    }
}

extension YAMLNode {
    var isEmptyMap: Bool {
        if case .map(let entries) = content { entries.isEmpty } else { false }
    }
}
