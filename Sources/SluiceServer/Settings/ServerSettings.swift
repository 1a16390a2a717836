public import SluiceHTTP
import Synchronization

/// What a running server goes by beside its policies, and can be changed with them.
public struct ServerSettings: Sendable {
    /// Whose word is taken for the client's address.
    public var trustedProxies = TrustedProxies.loopback
    /// How policies answer proxies, by policy; see ``AuthorizeSettings`` for those that are not listed.
    public var authorize: [String: AuthorizeSettings] = [:]

    /// The defaults.
    public init() {}
}

/// The settings in force.
final class CurrentSettings: Sendable {
    private let settings: Mutex<ServerSettings>

    init(_ settings: ServerSettings) { self.settings = Mutex(settings) }

    var value: ServerSettings {
        get { settings.withLock { $0 } }
        set { settings.withLock { $0 = newValue } }
    }
}
