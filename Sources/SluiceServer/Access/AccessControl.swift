package import Logging
import Sluice
import SluiceHTTP
import Synchronization

/// Who asks, and what he may: what a transport remembers of a connection or a call that has proved it.
package struct Access: Sendable {
    package let user: User
    /// The secret that proved it.
    let secret: SecretHash
    /// Which reading of the users it was proved by.
    let edition: UInt64
}

/// Knows the users of a running server, and lets in who has the secret of one.
///
/// A transport asks once for a connection or a call, and again when ``isCurrent(_:)`` says that the users have
/// changed since.
package final class AccessControl: Sendable {
    /// What clients send as a name who know only a password: it stands for any user.
    static let anyUser = "default"

    private let users: Mutex<UserTable>
    private let edition = Atomic<UInt64>(0)
    private let refusals: RefusalLog

    package init(_ users: UserTable, logger: Logger) {
        self.users = Mutex(users)
        refusals = RefusalLog(logger)
    }

    /// Puts other users in force: who is let in already stays so only with a secret that is still known.
    package func replace(with table: UserTable) {
        users.withLock { $0 = table }
        edition.wrappingAdd(1, ordering: .releasing)
    }

    /// Who has the secret, or `nil`, which is noted in the log.
    /// - Parameters:
    ///   - name: What he calls himself; `nil` for any user.
    ///   - place: Where he is, for the log.
    package func authorize(
        secret: UnsafeRawBufferPointer, as name: String? = nil, from place: @autoclosure () -> String
    ) -> Access? {
        // Read first: who is let in by older users is asked again.
        let edition = edition.load(ordering: .acquiring)
        if secret.count <= SecretHash.maximumBytes, let hash = SecretHash(of: secret),
            let user = user(of: hash), name == nil || name == Self.anyUser || name == user.name
        {
            return Access(user: user, secret: hash, edition: edition)
        }
        refusals.note(from: place())
        return nil
    }

    /// As the other, for a secret in text, such as that of gRPC's `authorization: Bearer …`.
    package func authorize(bearer token: String, from place: @autoclosure () -> String) -> Access? {
        var token = token
        return token.withUTF8 { authorize(secret: UnsafeRawBufferPointer($0), from: place()) }
    }

    /// Who proves himself by the value of HTTP's `Authorization`: `Bearer TOKEN`, or `Basic` with the user's name and
    /// the token as password.
    package func authorize(field: String, from place: @autoclosure () -> String) -> Access? {
        guard let credentials = Credentials(field: field) else {
            refusals.note(from: place())
            return nil
        }
        return credentials.withSecret { authorize(secret: $0, as: credentials.name, from: place()) }
    }

    /// Whether the users are those that let somebody in.
    @inline(__always)
    package func isCurrent(_ access: Access) -> Bool { access.edition == edition.load(ordering: .acquiring) }

    /// The access of somebody who was let in by earlier users; `nil` if his secret is not known any more.
    package func renewed(_ access: Access) -> Access? {
        let edition = edition.load(ordering: .acquiring)
        guard let user = user(of: access.secret), user.name == access.user.name else { return nil }
        return Access(user: user, secret: access.secret, edition: edition)
    }

    /// Everybody there is.
    var known: [User] { users.withLock { $0.users } }

    /// Tells of refusals that nothing was logged of yet.
    func tellRefusals() { refusals.tell() }

    private func user(of hash: SecretHash) -> User? { users.withLock { $0 }.user(of: hash) }
}
