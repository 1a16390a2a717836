internal import Sluice

/// A node of a domain's tree in the form in which it is walked.
struct EnvoyNode: Sendable {
    /// Whether each value that leads here has a count of its own.
    var isCounted = false
    /// The place of its limit among all.
    var limit: Int?
    var children: [ExactText: EnvoyChoices] = [:]

    /// Where an entry leads, if anywhere.
    func child(_ key: String, _ value: String) -> EnvoyNode? { children[ExactText(key)]?.choice(value) }
}

/// Where the values of one key lead from one node.
struct EnvoyChoices: Sendable {
    var exact: [ExactText: EnvoyNode] = [:]
    /// In the order of the file.
    var wildcards: [(pattern: Pattern, node: EnvoyNode)] = []
    var bare: EnvoyNode?

    func choice(_ value: String) -> EnvoyNode? {
        exact[ExactText(value)] ?? wildcards.first { $0.pattern.matches(value) }?.node ?? bare
    }
}
