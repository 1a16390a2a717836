import RESP
import SluiceHTTP

/// `AUTH` and `ACL`, and who may ask what. Words and errors are those of Redis 7.
extension CommandProcessor {
    /// The most bytes of a request of somebody who has not said who he is; Redis's bound.
    static var maximumUnauthenticatedBytes: Int { 16 << 10 }

    /// Asks again who somebody is, once the users have changed.
    mutating func renewAccess(_ session: inout Session) {
        guard let access, let current = session.access, !access.isCurrent(current) else { return }
        session.access = access.renewed(current)
    }

    /// Whether so many bytes of a request that has not ended are too many for somebody who has not said who he is.
    func isTooMuch(_ count: Int, _ session: Session) -> Bool {
        access != nil && session.access == nil && count > Self.maximumUnauthenticatedBytes
    }

    /// Whether a command is refused, which has then been answered.
    mutating func refuses(_ description: CommandDescription, _ request: Request, _ session: Session) -> Bool {
        guard access != nil, description.command.need != .nothing else { return false }
        guard let user = session.access?.user else {
            fail("NOAUTH Authentication required.")
            return true
        }
        guard case .role(let role) = description.command.need, !user.roles.contains(role) else { return false }
        fail("NOPERM this user has no permissions to run the '\(Self.fullName(description, request))' command")
        return true
    }

    private static func fullName(_ description: CommandDescription, _ request: Request) -> String {
        guard description.command == .config else { return "\(description.name)" }
        return "\(description.name)|\(text(request[1]).lowercased())"
    }

    mutating func auth(_ request: Request, _ session: inout Session) {
        guard request.sent <= 3 else { return fail("ERR syntax error") }
        let hasName = request.count == 3
        guard access != nil || hasName else {
            return fail(
                "ERR AUTH <password> called without any password configured for the default user. "
                    + "Are you sure your configuration is correct?")
        }
        guard let proof = proof(name: hasName ? request[1] : nil, secret: request[hasName ? 2 : 1], session) else {
            return failPassword()
        }
        session.accept(proof)
        replies.simple("OK")
    }

    /// What somebody has proved by a name and a secret.
    enum Proof {
        /// There are no users, and he calls himself by the name that Redis without a password knows.
        case unneeded
        case access(Access)
    }

    /// `nil` if the pair is wrong.
    func proof(name: UnsafeRawBufferPointer?, secret: UnsafeRawBufferPointer, _ session: Session) -> Proof? {
        guard let access else {
            return name?.elementsEqual(AccessControl.anyUser.utf8) == true ? .unneeded : nil
        }
        let name = name.map { String(decoding: $0.prefix(256), as: UTF8.self) }
        return access.authorize(secret: secret, as: name, from: session.place).map { .access($0) }
    }

    mutating func failPassword() { fail("WRONGPASS invalid username-password pair or user is disabled.") }

    /// Whether `HELLO` must be refused, which has then been answered.
    mutating func refusesHello(_ session: Session, _ proof: Proof?) -> Bool {
        guard access != nil, session.access == nil, proof == nil else { return false }
        fail(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> "
                + "option can be used to authenticate the client and select the RESP protocol version at the same time")
        return true
    }
}

/// `ACL`, as far as clients ask for it.
extension CommandProcessor {
    mutating func acl(_ request: Request, _ session: Session) {
        let subcommand = request[1]
        if subcommand.isWord("whoami") {
            guard request.sent == 2 else { return failCount("acl|whoami") }
            replies.bulk(session.userName)
        } else if subcommand.isWord("cat") {
            guard request.sent == 2 else { return tellCategory(request) }
            replies.array(Role.allCases.count)
            for role in Role.allCases { replies.bulk(role.rawValue) }
        } else if subcommand.isWord("list") || subcommand.isWord("users") {
            tellUsers(request, session, withRules: subcommand.isWord("list"))
        } else {
            fail("ERR unknown subcommand '\(Self.text(subcommand))'. Try ACL HELP.")
        }
    }

    /// The commands that a role allows.
    private mutating func tellCategory(_ request: Request) {
        guard request.sent == 3 else { return failCount("acl|cat") }
        let word = Self.text(request[2])
        guard let role = Role(rawValue: word.lowercased()) else { return fail("ERR Unknown category '\(word)'") }
        let names = CommandTable.all.filter { $0.command.need == .role(role) }.map { "\($0.name)" }
        replies.array(names.count)
        for name in names { replies.bulk(name) }
    }

    private mutating func tellUsers(_ request: Request, _ session: Session, withRules: Bool) {
        let name = withRules ? "acl|list" : "acl|users"
        guard request.sent == 2 else { return failCount(name) }
        guard let access else {
            replies.array(1)
            return replies.bulk(withRules ? "user default on nopass ~* &* +@all" : AccessControl.anyUser)
        }
        guard session.access?.user.roles.contains(.admin) == true else {
            return fail("NOPERM this user has no permissions to run the '\(name)' command")
        }
        let users = access.known
        replies.array(users.count)
        for user in users {
            let rules = user.roles.words.map { " +@\($0)" }.joined()
            replies.bulk(withRules ? "user \(user.name) on ~* -@all\(rules)" : user.name)
        }
    }
}
