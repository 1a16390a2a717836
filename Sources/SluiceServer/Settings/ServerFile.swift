public import Sluice
import SluiceHTTP
public import SluicePolicies

/// What `sluice serve` is given: policies, and settings of the server beside them.
///
/// ```yaml
/// server:
///   trusted-proxies: [10.0.0.0/8]
///   authorize:
///     api: {deny-with: 403, descriptor: {ip: client-address, key: header x-api-key}}
/// policies:
///   api: …
/// ```
public struct ServerFile: Sendable {
    /// The policies.
    public internal(set) var policies: [Policy]
    /// The settings.
    public internal(set) var settings: ServerSettings

    /// What a file says.
    /// - Throws: Everything that is wrong with it, each with its line and column.
    public init(contentsOf path: String) throws(PolicyFileError) {
        var settings = ServerSettings()
        let file = try PolicyFile(contentsOf: path) { node, reader, policies in
            settings = ServerSettingsReader(values: reader).settings(node, policies: policies.map(\.name))
        }
        policies = file.policies
        self.settings = settings
    }

    /// Policies on the default settings.
    public init(policies: [Policy], settings: ServerSettings = ServerSettings()) {
        self.policies = policies
        self.settings = settings
    }
}
