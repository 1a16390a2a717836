import Foundation
import Logging

@testable import SluiceServer

#if TLS
/// A user for each role and one with all of them, whose secrets are known.
enum UsersUnderTest {
    static let roles: [(user: String, roles: [Role])] = [
        ("edge", [.check]), ("boss", [.admin]), ("eyes", [.metrics]), ("ops", Role.allCases),
    ]

    static func secret(of user: String, edition: Int = 1) -> String { "\(user)-secret-number-\(edition)" }

    /// The file's text.
    /// - Parameter editions: The secrets that each user has.
    static func text(editions: [Int] = [1], without: String? = nil) -> String {
        "users:\n"
            + roles.filter { $0.user != without }.map { user, roles in
                let hashes = editions.map { SecretHash(of: secret(of: user, edition: $0))?.hexadecimal ?? "" }
                let words = roles.map(\.rawValue).joined(separator: ", ")
                return "  \(user): {roles: [\(words)], password-sha256: [\(hashes.joined(separator: ", "))]}\n"
            }.joined()
    }

    static func table(editions: [Int] = [1], without: String? = nil) throws -> UserTable {
        try withFile(text(editions: editions, without: without)) { path, _ in try UserTable(contentsOf: path) }
    }

    static func access(logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) throws -> AccessControl
    {
        AccessControl(try table(), logger: logger)
    }

    /// A file of a text, and a way to write another one.
    static func withFile<Result>(
        _ text: String, _ body: (String, (String) throws -> Void) throws -> Result
    ) throws -> Result {
        let path = LifetimeTests.temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let write = { (text: String) in try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) }
        try write(text)
        return try body(path, write)
    }

    /// Runs a server with these users.
    static func run(
        on engine: EngineUnderTest = .memory, watching interval: Duration = .zero,
        configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (ServerUnderTest, (String) throws -> Void) async throws -> Void
    ) async throws {
        let path = LifetimeTests.temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let write = { (text: String) in try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) }
        try write(text())
        try await ServerUnderTest.run(
            on: engine,
            configure: {
                $0.usersFile = path
                $0.watchInterval = interval
                configure(&$0)
            }
        ) { server in
            try await body(server, write)
        }
    }

    /// The field by which a user proves himself.
    static func bearer(_ user: String, edition: Int = 1) -> String {
        "Authorization: Bearer \(secret(of: user, edition: edition))"
    }

    static func basic(_ user: String, _ secret: String) -> String {
        "Authorization: Basic \(Data("\(user):\(secret)".utf8).base64EncodedString())"
    }
}
#endif
