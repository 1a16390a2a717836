public import SluiceHTTP
package import SluicePolicies
import Synchronization

/// What a running server goes by beside its policies, and can be changed with them.
public struct ServerSettings: Sendable {
    /// Whose word is taken for the client's address.
    public var trustedProxies = TrustedProxies.loopback
    /// How policies answer proxies, by policy; see ``AuthorizeSettings`` for those that are not listed.
    public var authorize: [String: AuthorizeSettings] = [:]

    /// Which limits answer Envoy, beside the policies that are called like its domains; `nil` for none.
    package var envoy: EnvoyConfiguration?

    /// The defaults.
    public init() {}
}

/// The settings in force.
final class CurrentSettings: Sendable {
    private struct State {
        var settings: ServerSettings
        var observers: [@Sendable (ServerSettings) -> Void] = []
    }

    private let state: Mutex<State>

    init(_ settings: ServerSettings) { state = Mutex(State(settings: settings)) }

    var value: ServerSettings { state.withLock { $0.settings } }

    /// Puts others in force, then tells those who asked to be told.
    func replace(with settings: ServerSettings) {
        let observers = state.withLock { state in
            state.settings = settings
            return state.observers
        }
        for observer in observers { observer(settings) }
    }

    /// Has somebody told of all later settings.
    func onChange(_ observer: @escaping @Sendable (ServerSettings) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }
}
