import ArgumentParser
import Foundation
import SluiceServer

/// `sluice user`: makes lines for the file of `sluice serve --users`.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Makes lines for the file of users.", subcommands: [HashUserCommand.self])
}

/// `sluice user hash NAME`: hashes a secret, which is told to nobody but him who gave it.
struct HashUserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash",
        abstract: "Makes the line of a user: his name, his roles, and the hash of his secret.",
        discussion: """
            The secret is read from standard input, or made with --random and written once, to standard error. Only \
            its SHA-256 is in the line. It has at least \(SecretHash.minimumCharacters) characters and must be random, \
            such as those of 'openssl rand -hex 32': a word that a person thinks of can be found by its hash.
            """)

    @Argument(help: "The user's name.")
    var name: String

    @Option(
        name: .customLong("role"),
        help: ArgumentHelp("A role: check, admin or metrics; may be repeated. (default: check)", valueName: "role"))
    var roles: [Role] = []

    @Flag(help: "Make a secret of 256 random bits.")
    var random = false

    func run() throws {
        let secret = random ? Self.randomSecret() : try Self.readSecret()
        guard let hash = SecretHash(of: secret) else {
            throw ValidationError("This build has no users; build with 'swift build -c release --traits TLS'.")
        }
        if random { StandardStream.error.write(secret) }
        let words = Roles(roles.isEmpty ? [.check] : roles.map { Roles($0) }).words.joined(separator: ", ")
        StandardStream.output.write("  \(name): {roles: [\(words)], password-sha256: \(hash.hexadecimal)}")
    }

    private static func randomSecret() -> String {
        // The system's generator is one for secrets.
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private static func readSecret() throws -> String {
        if StandardStream.output.isTerminal { StandardStream.error.write("The secret, and a new line:") }
        let secret = readLine(strippingNewline: true) ?? ""
        guard secret.count >= SecretHash.minimumCharacters else {
            throw ValidationError(
                "The secret has \(secret.count) characters; at least \(SecretHash.minimumCharacters) are needed, "
                    + "random ones such as those of --random.")
        }
        guard secret.utf8.count <= SecretHash.maximumBytes, secret.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw ValidationError(
                "A secret is at most \(SecretHash.maximumBytes) characters of printable ASCII, without spaces.")
        }
        return secret
    }
}

extension Role: ExpressibleByArgument {}
