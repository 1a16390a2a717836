public import Sluice

/// The policies of a YAML file.
///
/// ```swift
/// let file = try PolicyFile(contentsOf: "sluice.yaml")
/// let limiter = try Limiter(file.policies)
/// ```
///
/// The schema is described key by key in `docs/policy-file.md`. JSON is YAML too, so a policy file may be JSON.
public struct PolicyFile: Hashable, Sendable {
    /// The file, as it was named by whoever opened it.
    public let name: String
    /// The policies in the order of the file.
    public let policies: [Policy]

    /// The policies of a file.
    /// - Throws: Everything that is wrong with the file, each with its line and column.
    public init(contentsOf path: String) throws(PolicyFileError) {
        try self.init(contentsOf: path) { _, _, _ in }
    }

    /// The policies of a file, and what `read` makes of its `server:`, which is none of a limiter's business.
    package init(
        contentsOf path: String, server read: (YAMLNode, PolicyFileReader, [Policy]) -> Void
    ) throws(PolicyFileError) {
        try self.init(SourceText(name: path, bytes: Self.bytes(ofFile: path)), server: read)
    }

    /// The policies of a text.
    /// - Parameter name: What to call the text in errors.
    /// - Throws: Everything that is wrong with the text, each with its line and column.
    public init(yaml: String, name: String = "policies") throws(PolicyFileError) {
        guard yaml.utf8.count <= Self.maximumBytes else { throw Self.tooLarge(name) }
        try self.init(SourceText(name: name, text: yaml)) { _, _, _ in }
    }

    private init(
        _ source: SourceText, server read: (YAMLNode, PolicyFileReader, [Policy]) -> Void
    ) throws(PolicyFileError) {
        let log = DiagnosticLog(source)
        let reader = PolicyFileReader(log: log)
        let root = try YAMLComposer.compose(log)
        let good = Self.goodPolicies(root, source)
        let policies = good ?? reader.policies(root)
        if let server = root?["server"], !server.isNull { read(server, reader, policies) }
        try log.throwIfNotEmpty()
        // Each was accepted by itself; this asks about what only shows between them.
        if good == nil, !reader.isAccepted(policies, at: .start) { try log.throwIfNotEmpty() }
        name = source.name
        self.policies = policies
    }

    /// The policies, unless anything is wrong with them: what and where is found out by reading them again.
    private static func goodPolicies(_ root: YAMLNode?, _ source: SourceText) -> [Policy]? {
        let log = DiagnosticLog(source)
        let policies = PolicyFileReader(log: log, asksOneByOne: false).policies(root)
        guard log.reports == 0, (try? Limiter.validate(policies)) != nil else { return nil }
        return policies
    }
}
