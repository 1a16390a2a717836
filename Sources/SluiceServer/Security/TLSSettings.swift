/// How connections to a server are encrypted. Needs a build with the trait `TLS`.
///
/// The files are PEM. They are read again when they change, and new connections get what they say then.
public struct TLSSettings: Hashable, Sendable {
    /// The server's certificate, followed by those between it and the authority.
    public var certificateFile: String
    /// The certificate's private key, without a pass phrase.
    public var keyFile: String
    /// The authorities of clients' certificates; `nil` if clients are asked for none.
    public var clientAuthorityFile: String?
    /// Whether a client without a certificate of such an authority is refused; otherwise it may come without one, but
    /// not with another.
    public var requiresClientCertificate = true

    /// A certificate and its key, and no certificates of clients.
    public init(certificateFile: String, keyFile: String, clientAuthorityFile: String? = nil) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.clientAuthorityFile = clientAuthorityFile
    }

    /// Every file that is read.
    var files: [String] { [certificateFile, keyFile] + [clientAuthorityFile].compactMap(\.self) }
}
