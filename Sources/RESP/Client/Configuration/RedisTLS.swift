/// How connections are encrypted. Needs a build with the trait `TLS`.
public struct RedisTLS: Hashable, Sendable {
    /// How a server has to prove who it is.
    public enum Verification: String, Hashable, Sendable, CaseIterable {
        /// A certificate of a known authority, made out to the host's name.
        case full
        /// A certificate of a known authority, made out to anybody: for cluster nodes that are known by address only.
        case certificate
        /// Not at all. Whoever sits in between can read everything.
        case none
    }

    /// A PEM file of the authorities to trust, or `nil` for those of the system.
    public var authorityFile: String?
    /// PEM files of the client's certificate, with its chain, and of its key.
    public var certificateFile: String?
    public var keyFile: String?
    /// The name to ask for and to verify, or `nil` for the host's.
    public var serverName: String?
    /// How the server has to prove who it is.
    public var verification = Verification.full

    /// Encryption with the authorities of the system and no certificate of the client's own.
    public init() {}
}
