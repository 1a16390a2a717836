import NIOCore

#if TLS
import NIOSSL

/// What all encrypted connections of a node share, read from files once.
struct TLSSetup: Sendable {
    private let context: NIOSSLContext
    private let serverName: String?

    init(_ settings: RedisTLS) throws(RedisError) {
        serverName = settings.serverName
        do {
            context = try NIOSSLContext(configuration: Self.configuration(settings))
        } catch let error as RedisError {
            throw error
        } catch {
            throw RedisError(.invalidConfiguration, "the files for TLS cannot be used", cause: error)
        }
    }

    private static func configuration(_ settings: RedisTLS) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file = settings.authorityFile { configuration.trustRoots = .file(file) }
        switch settings.verification {
        case .full: configuration.certificateVerification = .fullVerification
        case .certificate: configuration.certificateVerification = .noHostnameVerification
        case .none: configuration.certificateVerification = .none
        }
        switch (settings.certificateFile, settings.keyFile) {
        case (let certificate?, let key?):
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        case (nil, nil): break
        default:
            throw RedisError(.invalidConfiguration, "a client certificate and its key go together: give both files")
        }
        return configuration
    }

    /// Puts TLS before what follows. Names go into SNI, addresses may not.
    func addHandler(to channel: any Channel, for address: NodeAddress) throws {
        let name = serverName ?? address.host
        let isAddress = name.map { (try? SocketAddress(ipAddress: $0, port: 0)) != nil } ?? true
        let handler = try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : name)
        try channel.pipeline.syncOperations.addHandler(handler)
    }
}
#else
/// Stands in where TLS was not built: refuses, and says how to build it.
struct TLSSetup: Sendable {
    init(_ settings: RedisTLS) throws(RedisError) {
        throw RedisError(
            .invalidConfiguration,
            "this build has no TLS, which rediss:// needs: build with `swift build --traits TLS`")
    }

    func addHandler(to channel: any Channel, for address: NodeAddress) throws {}
}
#endif
