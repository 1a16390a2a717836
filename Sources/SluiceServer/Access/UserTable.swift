/// Somebody whom the server knows by a secret.
package struct User: Hashable, Sendable {
    package var name: String
    package var roles: Roles

    package init(_ name: String, _ roles: Roles) {
        self.name = name
        self.roles = roles
    }
}

/// The users, and the hashes of their secrets.
package struct UserTable: Sendable {
    /// The most secrets of all users together: each is compared with what is given, for every one is.
    package static let maximumSecrets = 1_024

    /// The users, in the order of their file.
    package let users: [User]
    private let secrets: [(hash: SecretHash, user: Int)]

    /// Users with the hashes of their secrets. Of two with the same secret it were doubtful who asks: the file's reader
    /// refuses them.
    package init(_ users: [(user: User, secrets: [SecretHash])]) {
        self.users = users.map(\.user)
        secrets = users.enumerated().flatMap { index, entry in entry.secrets.map { ($0, index) } }
    }

    /// The user whose secret has this hash.
    ///
    /// All are compared, and no branch depends on what is: the time tells nothing of a hash, nor whose it is.
    func user(of hash: SecretHash) -> User? {
        var found: UInt64 = 0
        for secret in secrets { found |= secret.hash.mask(of: hash) & UInt64(secret.user &+ 1) }
        return found == 0 ? nil : users[Int(found) - 1]
    }
}
