#if TLS
import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension ServerTLS {
    /// What the files say, if they can be used together.
    static func read(
        _ settings: TLSSettings
    ) throws(ServerError) -> (context: NIOSSLContext, configuration: TLSConfiguration) {
        let chain = try certificates(settings.certificateFile, "--tls-certificate")
        let key = try key(settings.keyFile)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        if let file = settings.clientAuthorityFile {
            configuration.trustRoots = .certificates(try certificates(file, "--tls-client-ca"))
            configuration.certificateVerification =
                settings.requiresClientCertificate ? .noHostnameVerification : .optionalVerification
        }
        do {
            return (try NIOSSLContext(configuration: configuration), configuration)
        } catch {
            throw ServerError(
                .invalidTLS,
                "The key in '\(settings.keyFile)' is not that of the certificate in '\(settings.certificateFile)'; "
                    + "give --tls-certificate and --tls-key a pair.")
        }
    }

    private static func certificates(_ file: String, _ option: String) throws(ServerError) -> [NIOSSLCertificate] {
        try check(file, option)
        if let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty { return certificates }
        throw ServerError(
            .invalidTLS,
            "\(option) '\(file)' holds no certificate in PEM, which begins with '-----BEGIN CERTIFICATE-----'.")
    }

    private static func key(_ file: String) throws(ServerError) -> NIOSSLPrivateKey {
        try check(file, "--tls-key")
        if let key = try? NIOSSLPrivateKey(file: file, format: .pem) { return key }
        throw ServerError(
            .invalidTLS,
            "--tls-key '\(file)' holds no private key in PEM without a pass phrase, such as "
                + "'-----BEGIN PRIVATE KEY-----'.")
    }

    private static func check(_ file: String, _ option: String) throws(ServerError) {
        guard access(file, R_OK) != 0 else { return }
        throw ServerError(.invalidTLS, "\(option) '\(file)' cannot be read: \(String(cString: strerror(errno))).")
    }
}
#endif
