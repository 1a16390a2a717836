import SluicePolicies
import Testing

@testable import SluiceServer

#if TLS
@Suite("A file of users")
struct UserFileTests {
    private static let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    private static let other = "da7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    private static func read(_ text: String) throws -> UserTable {
        try UsersUnderTest.withFile(text) { path, _ in try UserTable(contentsOf: path) }
    }

    @Test("tells names, roles, and one or more secrets of each")
    func good() throws {
        let table = try Self.read(
            """
            users:
              edge: {roles: [check], password-sha256: \(Self.hash)}
              ops:
                roles: [check, admin, metrics]
                password-sha256: [\(Self.other), "\(String(Self.hash.reversed()))"]
              one: {roles: admin, password-sha256: \(String(repeating: "1", count: 64))}
            """)
        #expect(table.users == [User("edge", .check), User("ops", .all), User("one", .admin)])
        func owner(_ digits: String) throws -> String? {
            table.user(of: try #require(SecretHash(hexadecimal: digits)))?.name
        }
        #expect(try owner(Self.hash) == "edge")
        #expect(try owner(Self.other) == "ops")
        #expect(try owner(String(Self.hash.reversed())) == "ops")
        #expect(try owner(String(repeating: "2", count: 64)) == nil)
    }

    @Test(
        "is told where it is wrong, with the nearest word",
        arguments: [
            ("", "1:1: error: the file is empty; it begins with 'users:'"),
            ("policies: {}", "1:1: error: unknown key 'policies' in the file"),
            ("usres: {}", "(did you mean 'users'?)"),
            ("users: {}", "1:8: error: expected a map of users by name"),
            ("users: [a]", "expected a map of users by name, found a list"),
            ("users: {a: {password-sha256: \(hash)}}", "1:12: error: user 'a' has no 'roles:'"),
            ("users: {a: {roles: [], password-sha256: \(hash)}}", "user 'a' has no roles"),
            ("users: {a: {roles: [chekc], password-sha256: \(hash)}}", "1:21: error: 'roles' is one of check, admin"),
            ("users: {a: {roles: [chekc], password-sha256: \(hash)}}", "(did you mean 'check'?)"),
            ("users: {a: {role: [check], password-sha256: \(hash)}}", "(did you mean 'roles'?)"),
            (
                "users: {a: {roles: [check]}}",
                "1:12: error: user 'a' has no 'password-sha256:'; 'sluice user hash NAME'"
            ),
            ("users: {a: {roles: [check], password-sha256: []}}", "user 'a' has no secret"),
            ("users: {default: {roles: [check], password-sha256: \(hash)}}", "1:9: error: 'default' is what clients"),
            ("users: {'a b': {roles: [check], password-sha256: \(hash)}}", "without spaces and colons"),
            ("users: {'a:b': {roles: [check], password-sha256: \(hash)}}", "without spaces and colons"),
            (
                "users:\n  a: {roles: [check], password-sha256: \(hash)}\n"
                    + "  b: {roles: [admin], password-sha256: \(hash.uppercased())}",
                "3:3: error: users 'a' and 'b' have the same secret"
            ),
        ])
    func wrong(text: String, message: String) throws {
        let error = #expect(throws: PolicyFileError.self) { try Self.read(text) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test("that is not there is told as what it is")
    func missing() throws {
        let error = #expect(throws: PolicyFileError.self) { try UserTable(contentsOf: "/nowhere/users.yaml") }
        #expect(error?.description == "/nowhere/users.yaml: error: cannot read the users file: no such file")
    }

    @Test("in which a secret stands in place of its hash is refused without repeating it")
    func plainSecret() throws {
        for text in [
            "users: {a: {roles: [check], password-sha256: never-to-be-shown}}",
            "users: {a: {roles: [chekc], password-sha256: never-to-be-shown}}",
            "users:\n  a: {roles: [check], password-sha256: never-to-be-shown",
            "users: {a: {roles: [check], password-sha256: [never-to-be-shown, never-to-be-shown]}}",
        ] {
            let error = #expect(throws: PolicyFileError.self) { try Self.read(text) }
            #expect(error?.description.contains("never-to") == false, "\(error?.description ?? "")")
            #expect(error?.diagnostics.allSatisfy { $0.position != nil } == true)
        }
    }

    @Test("may have as many secrets as are compared for each request, and no more")
    func tooMany() throws {
        func text(_ count: Int) -> String {
            let lines = (0..<count).map { index in
                let digits = String(index, radix: 16)
                let hash = String(repeating: "0", count: 64 - digits.count) + digits
                return "  user\(index): {roles: [check], password-sha256: \(hash)}\n"
            }
            return "users:\n" + lines.joined()
        }
        #expect(try Self.read(text(UserTable.maximumSecrets)).users.count == UserTable.maximumSecrets)
        let error = #expect(throws: PolicyFileError.self) { try Self.read(text(UserTable.maximumSecrets + 1)) }
        #expect(error?.description.contains("at most 1024 secrets") == true)
    }
}
#endif
