import Sluice
import SluiceHTTP

/// What a proxy's question comes to: the policy, the descriptor of the request it has, and how a denial is told.
struct AuthorizeQuestion {
    let entry: PolicyEntry
    let descriptor: Descriptor
    let denialStatus: Int
}

/// Understands what proxies ask.
struct Authorizer: Sendable {
    let directory: PolicyDirectory
    let settings: CurrentSettings

    /// - Parameters:
    ///   - policy: The name in the path.
    ///   - view: The request that the proxy has, seen by whom is trusted.
    /// - Throws: `SluiceError` for an unknown policy.
    func question(
        about policy: String, _ view: (TrustedProxies) -> RequestView
    ) throws(SluiceError) -> AuthorizeQuestion {
        let entry = try directory.entry(policy)
        let settings = settings.value
        let authorize = settings.authorize[policy] ?? AuthorizeSettings()
        return AuthorizeQuestion(
            entry: entry,
            descriptor: Descriptor(authorize.descriptor, of: view(settings.trustedProxies), for: entry.keys),
            denialStatus: authorize.denialStatus)
    }
}
