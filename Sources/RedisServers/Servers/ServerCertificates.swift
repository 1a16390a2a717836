import Foundation

/// A certificate authority, a server and a client that it vouches for; made once per process with `openssl`.
package struct ServerCertificates: Sendable {
    /// The authority's certificate, PEM.
    package let authority: String
    /// The server's certificate for `localhost` and 127.0.0.1, PEM.
    package let server: String
    package let serverKey: String
    /// A client's certificate, PEM.
    package let client: String
    package let clientKey: String
    /// The certificate of another authority, which vouched for none of these.
    package let strangeAuthority: String

    /// The certificates of this process.
    package static func shared() async throws -> ServerCertificates { try await made.value }

    private static let made = Task { try await make() }

    private static func make() async throws -> ServerCertificates {
        let folder = try StartedProcesses.makeFolder()
        let (authority, authorityKey) = ("\(folder)/ca.crt", "\(folder)/ca.key")
        try await makeAuthority(authority, key: authorityKey, name: "Sluice tests", in: folder)
        let strange = "\(folder)/strange.crt"
        try await makeAuthority(strange, key: "\(folder)/strange.key", name: "Somebody else", in: folder)
        let extensions = "\(folder)/names"
        try "subjectAltName=DNS:localhost,IP:127.0.0.1".write(toFile: extensions, atomically: true, encoding: .utf8)
        for name in ["server", "client"] {
            try await openssl(
                ["req", "-newkey"] + curve + ["-nodes", "-keyout", "\(folder)/\(name).key"]
                    + ["-subj", "/CN=\(name == "server" ? "localhost" : "client")", "-out", "\(folder)/\(name).csr"],
                in: folder)
            try await openssl(
                ["x509", "-req", "-in", "\(folder)/\(name).csr", "-CA", authority, "-CAkey", authorityKey]
                    + ["-CAcreateserial", "-days", "2", "-sha256", "-extfile", extensions]
                    + ["-out", "\(folder)/\(name).crt"],
                in: folder)
        }
        return ServerCertificates(
            authority: authority, server: "\(folder)/server.crt", serverKey: "\(folder)/server.key",
            client: "\(folder)/client.crt", clientKey: "\(folder)/client.key", strangeAuthority: strange)
    }

    private static let curve = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]

    private static func makeAuthority(_ file: String, key: String, name: String, in folder: String) async throws {
        try await openssl(
            ["req", "-x509", "-newkey"] + curve + ["-nodes", "-keyout", key, "-out", file, "-days", "2", "-sha256"]
                + ["-subj", "/CN=\(name)", "-addext", "basicConstraints=critical,CA:TRUE"]
                + ["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
            in: folder)
    }

    private static func openssl(_ arguments: [String], in folder: String) async throws {
        _ = try await FinishedProgram.output(of: ["openssl"] + arguments, in: folder)
    }
}
