import Sluice

/// The variables of the environment that are meant for Sluice.
///
/// A name that is none of a setting is an error, or a slip would go unseen. What Kubernetes and Docker set by
/// themselves for a service called `sluice` is not meant for it.
package struct SettingEnvironment: Sendable {
    /// What was said, by variable. A variable that is empty says nothing.
    package private(set) var values: [String: String] = [:]
    /// What is wrong: one sentence for each name that nothing has.
    package private(set) var faults: [String] = []

    package init(_ environment: [String: String]) {
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(Setting.variablePrefix) {
            if Self.known.contains(name) {
                if !value.isEmpty { values[name] = value }
            } else if !Self.isServiceLink(name, value) {
                faults.append(
                    "\(name): there is no such setting\(NearestWord.hint(for: name, among: Self.known));"
                        + " 'sluice config settings' lists all")
            }
        }
    }

    private static let known = Set(Setting.all.filter { $0.layers.contains(.environment) }.map(\.variable))

    /// Whether Kubernetes or Docker makes such a variable for a service whose name begins with `sluice`:
    /// `SLUICE_SERVICE_HOST`, `SLUICE_SERVICE_PORT[_NAME]`, `SLUICE_PORT=tcp://…`,
    /// `SLUICE_PORT_8080_TCP[_PROTO|_PORT|_ADDR]`, and Docker's `SLUICE_NAME=/…`, `SLUICE_ENV_…`.
    ///
    /// Source: <https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>
    static func isServiceLink(_ name: String, _ value: String) -> Bool {
        let words = name.split(separator: "_", omittingEmptySubsequences: false).dropFirst()
        if words.first == "ENV" || words.elementsEqual(["NAME"]) && value.hasPrefix("/") { return true }
        if words.suffix(2).elementsEqual(["SERVICE", "HOST"]) { return true }
        let pairs = zip(words.indices, words.indices.dropFirst())
        if pairs.contains(where: { words[$0] == "SERVICE" && words[$1] == "PORT" }) { return UInt16(value) != nil }
        if words.last == "PORT", isLink(value) { return true }
        // What follows the number of a port: its protocol, and nothing or one word more.
        for (at, after) in pairs where words[at] == "PORT" && UInt16(words[after]) != nil {
            let rest = words[(after + 1)...]
            guard let protocolName = rest.first, ["TCP", "UDP", "SCTP"].contains(protocolName) else { continue }
            if rest.count == 1 { return isLink(value) }
            return rest.count == 2 && ["PROTO", "PORT", "ADDR"].contains(rest.last)
        }
        return false
    }

    private static func isLink(_ value: String) -> Bool {
        ["tcp://", "udp://", "sctp://"].contains { value.hasPrefix($0) }
    }
}
