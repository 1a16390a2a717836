import ArgumentParser
import Foundation
import SluiceServer

/// Which server to ask, and as whom.
struct ClientOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server to ask: http://HOST:PORT, https://HOST:PORT or unix:PATH.", valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp(
            "A file with the token of a user, for a server that answers users only; else SLUICE_TOKEN of the "
                + "environment.", valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "The authorities to trust with https, in PEM; without it those of the system.", valueName: "file"))
    var caFile: String?

    /// Where the server is.
    var address: String { server ?? "http://127.0.0.1:8080" }

    /// A client of that server.
    func client() throws -> DecisionClient {
        try DecisionClient(server: address, token: try token(), authorityFile: caFile)
    }

    private func token() throws -> String? {
        guard let tokenFile else { return ProcessInfo.processInfo.environment["SLUICE_TOKEN"] }
        guard let bytes = FileManager.default.contents(atPath: tokenFile) else {
            throw ValidationError("--token-file '\(tokenFile)' cannot be read.")
        }
        let token = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ValidationError("--token-file '\(tokenFile)' holds no token: write it alone on one line.")
        }
        return token
    }
}
