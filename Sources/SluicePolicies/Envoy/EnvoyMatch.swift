/// What applies to one descriptor of a request.
package enum EnvoyMatch: Hashable, Sendable {
    /// No file is about the domain.
    case unknownDomain
    /// The domain has no limit for these entries.
    case none
    /// A limit, and the values of its keys, in the order of ``EnvoyLimit/keys``.
    case limit(EnvoyLimit, counted: [String])
}
