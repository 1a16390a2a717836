#if TLS && GRPC
import NIOCertificateReloading
package import NIOSSL

/// gRPC's transport encrypts by itself, and asks for the pair in force at each handshake.
extension ServerTLS: CertificateReloader {
    package var sslContextConfigurationOverride: NIOSSLContextConfigurationOverride {
        let configuration = configuration
        var pair = NIOSSLContextConfigurationOverride()
        pair.certificateChain = configuration.certificateChain
        pair.privateKey = configuration.privateKey
        return pair
    }
}
#endif
