package import GRPCCore
import GRPCNIOTransportHTTP2Posix
package import NIOCertificateReloading

/// How gRPC's connections are encrypted, and what every call has to pass.
package struct GRPCSecurity: Sendable {
    /// Gives the certificate in force; `nil` to encrypt nothing.
    package var certificates: (any CertificateReloader)?
    /// The authorities, in PEM, of one of which a client needs a certificate; `nil` if none is asked for.
    package var clientAuthorityFile: String?
    /// What calls pass before they are answered.
    package var interceptors: [any ServerInterceptor] = []

    /// Nothing is encrypted, and everybody may ask.
    package init() {}

    /// - Throws: `RuntimeError` if there is no certificate yet.
    func transportSecurity() throws -> HTTP2ServerTransport.Posix.TransportSecurity {
        guard let certificates else { return .plaintext }
        guard let clientAuthorityFile else { return try .tls(certificateReloader: certificates) }
        return try .mTLS(certificateReloader: certificates) { config in
            config.trustRoots = .certificates([.file(path: clientAuthorityFile, format: .pem)])
        }
    }
}
