import NIOCore
import NIOHTTP1
import SluiceHTTP

/// Who asks on one connection. What was verified last is remembered, so that a client who sends the same field with
/// each request is looked up once.
struct ConnectionAccess {
    private let control: AccessControl
    private let place: String
    private var field: [UInt8] = []
    private var access: Access?

    init(_ control: AccessControl, from address: SocketAddress?) {
        self.control = control
        place = address.map { $0.ipAddress ?? "a Unix socket" } ?? "somewhere"
    }

    /// Why a request is not answered; `nil` if it is.
    mutating func refusal(of head: HTTPRequestHead) -> Problem? {
        let need = AccessNeed(uri: head.uri)
        if need == .nothing { return nil }
        guard let field = head.headers.first(name: "Authorization"), let user = user(by: field) else {
            return .unauthorized
        }
        guard case .role(let role) = need, !user.roles.contains(role) else { return nil }
        return .forbidden(user, role)
    }

    private mutating func user(by field: String) -> User? {
        if let access, isRemembered(field) {
            if control.isCurrent(access) { return access.user }
            self.access = control.renewed(access)
        } else {
            access = control.authorize(field: field, from: place)
            self.field = access == nil ? [] : Array(field.utf8)
        }
        return access?.user
    }

    /// Whether the field is the one that was verified; equally long ones are compared to their ends.
    private func isRemembered(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.count == field.count else { return false }
            var difference: UInt8 = 0
            for index in field.indices { difference |= field[index] ^ bytes[index] }
            return difference == 0
        }
    }
}

extension Problem {
    /// How one proves who one is, as `WWW-Authenticate` says it.
    static let schemes = ["Bearer realm=\"sluice\"", "Basic realm=\"sluice\", charset=\"UTF-8\""]

    /// Nobody known asks. It does not say what is wrong with a secret, nor whether there is such a user.
    static let unauthorized: Problem = {
        var problem = Problem(
            401, "Unauthorized", "Send 'Authorization: Bearer TOKEN' with the token of a user who may ask this.")
        problem.isChallenge = true
        return problem
    }()

    /// Somebody known asks who may not.
    static func forbidden(_ user: User, _ role: Role) -> Problem {
        let roles = user.roles.words.joined(separator: ", ")
        return Problem(
            403, "Forbidden", "This needs the role \(role.rawValue); user '\(user.name)' has \(roles). See --users.")
    }

    /// Nothing is decompressed here: a few bytes could become a great many.
    static let encodedBody = Problem(
        415, "Unsupported Media Type", "Send the body as it is, without a Content-Encoding.")
}
