import Foundation
import NIOCore
import RedisServers

@testable import SluiceServer

#if TLS
import NIOSSL

/// Certificates for a server and its clients, and both ends of encrypted connections.
enum TLSUnderTest {
    /// What a server is given.
    static func settings(clients: Bool = false) async throws -> TLSSettings {
        let files = try await ServerCertificates.shared()
        return TLSSettings(
            certificateFile: files.server, keyFile: files.serverKey,
            clientAuthorityFile: clients ? files.authority : nil)
    }

    /// Makes a client's connection speak TLS.
    /// - Parameters:
    ///   - pair: The client's own certificate and key.
    ///   - trusted: The authority that it believes; `nil` to believe anybody.
    static func client(
        pair: (certificate: String, key: String)? = nil, newest: TLSVersion? = nil, trusting trusted: String? = nil
    ) throws -> @Sendable (any Channel) throws -> Void {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = newest
        if let trusted {
            configuration.trustRoots = .file(trusted)
        } else {
            configuration.certificateVerification = .none
        }
        if let pair {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(pair.certificate).map {
                .certificate($0)
            }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: pair.key, format: .pem))
        }
        let context = try NIOSSLContext(configuration: configuration)
        return { channel in
            let handler = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
            try channel.pipeline.syncOperations.addHandler(handler)
        }
    }

    /// Files of a server's own pair, which a test may write anew.
    struct Pair {
        let folder: String
        var certificate: String { folder + "/tls.crt" }
        var key: String { folder + "/tls.key" }
        var settings: TLSSettings { TLSSettings(certificateFile: certificate, keyFile: key) }

        /// A pair by the name of `first`, and others to write over it.
        static func during(_ body: (Pair) async throws -> Void) async throws {
            let pair = Pair(folder: LifetimeTests.temporaryPath())
            try FileManager.default.createDirectory(atPath: pair.folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: pair.folder) }
            for name in ["first", "second"] {
                _ = try await FinishedProgram.output(
                    of: [
                        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes",
                    ]
                        + ["-days", "2", "-subj", "/CN=\(name).example", "-keyout", "\(pair.folder)/\(name).key"]
                        + ["-out", "\(pair.folder)/\(name).crt"])
            }
            try pair.write("first", "crt")
            try pair.write("first", "key")
            try await body(pair)
        }

        /// Writes one of the two files anew, in one step.
        func write(_ name: String, _ kind: String) throws {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).\(kind)"))
            try bytes.write(to: URL(fileURLWithPath: "\(folder)/tls.\(kind)"), options: .atomic)
        }

        func write(text: String, _ kind: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/tls.\(kind)"), options: .atomic)
        }
    }
}

extension TestConnection {
    /// The certificate that the server has shown.
    func serverCertificate() async throws -> String {
        try await channel.nioSSL_peerCertificate().map { $0.map { "\($0)" } ?? "" }.get()
    }
}
#endif
