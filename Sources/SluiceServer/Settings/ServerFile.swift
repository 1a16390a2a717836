public import Sluice
import SluiceHTTP
public import SluicePolicies

/// What `sluice serve` is given: policies, and settings of the server beside them.
///
/// ```yaml
/// server:
///   http: 0.0.0.0:8080
///   trusted-proxies: [10.0.0.0/8]
///   authorize:
///     api: {deny-with: 403, descriptor: {ip: client-address, key: header x-api-key}}
/// policies:
///   api: …
/// ```
///
/// `server:` may hold any setting of `docs/settings.md`. Those of ``ServerSettings`` are in force in every server;
/// the others are the start's, which is up to `sluice serve`.
public struct ServerFile: Sendable {
    /// The policies.
    public internal(set) var policies: [Policy]
    /// The settings.
    public internal(set) var settings: ServerSettings
    /// The file, as it was named by whoever opened it; `nil` for policies from elsewhere.
    package let path: String?
    /// What the file says of each setting, by its key.
    package let given: [String: FileSetting]

    /// What a file says.
    /// - Throws: Everything that is wrong with it, each with its line and column.
    public init(contentsOf path: String) throws(PolicyFileError) {
        var settings = ServerSettings()
        var given: [String: FileSetting] = [:]
        let file = try PolicyFile(contentsOf: path) { node, reader, policies in
            (settings, given) = ServerSettingsReader(values: reader).settings(node, policies: policies.map(\.name))
        }
        policies = file.policies
        self.settings = settings
        self.path = path
        self.given = given
    }

    /// Policies on the default settings.
    public init(policies: [Policy], settings: ServerSettings = ServerSettings()) {
        self.policies = policies
        self.settings = settings
        path = nil
        given = [:]
    }
}

/// What a file says of a setting, and where.
package struct FileSetting: Hashable, Sendable {
    /// As it stands there; the elements of a list with commas between them.
    package var text: String
    package var position: SourcePosition
}
