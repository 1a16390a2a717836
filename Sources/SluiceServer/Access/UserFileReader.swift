import Sluice
package import SluicePolicies

extension UserTable {
    /// The users of a file.
    ///
    /// ```yaml
    /// users:
    ///   edge: {roles: [check], password-sha256: <64 hexadecimal digits>}
    /// ```
    /// - Throws: Everything that is wrong with it, each with its line and column, and without the lines themselves.
    package init(contentsOf path: String) throws(PolicyFileError) {
        self = try YAMLFile.read(path, as: "users file") { UserFileReader(values: $1).table($0) }
    }
}

/// Reads users and collects everything that is wrong with them.
///
/// No message quotes what stands where a hash should: it may be a secret.
struct UserFileReader {
    let values: PolicyFileReader

    private static let passwordKey = "password-sha256"

    private var log: DiagnosticLog { values.log }

    func table(_ root: YAMLNode?) -> UserTable {
        let none = UserTable([])
        guard let root, !root.isNull else {
            log.report("the file is empty; it begins with 'users:'", at: SourcePosition(line: 1, column: 1))
            return none
        }
        guard let fields = Fields(root, of: "the file", known: ["users"], log) else { return none }
        guard let node = fields["users"] else {
            log.report("the file has no 'users:'", at: root.position)
            return none
        }
        guard case .map(let entries) = node.content, !entries.isEmpty else {
            log.report("expected a map of users by name, found \(node.kind)", at: node.position)
            return none
        }
        var users: [(user: User, secrets: [SecretHash])] = []
        var owners: [String: String] = [:]
        for entry in entries {
            guard let (user, secrets) = user(entry) else { continue }
            for secret in secrets {
                guard let other = owners.updateValue(user.name, forKey: secret.hexadecimal) else { continue }
                log.report("users '\(other)' and '\(user.name)' have the same secret", at: entry.keyPosition)
            }
            users.append((user, secrets))
        }
        if users.reduce(0, { $0 + $1.secrets.count }) > UserTable.maximumSecrets {
            log.report("all users together have at most \(UserTable.maximumSecrets) secrets", at: node.position)
        }
        return UserTable(users)
    }

    private func user(_ entry: YAMLNode.Entry) -> (User, [SecretHash])? {
        let subject = "user '\(entry.key)'"
        let known = ["roles", Self.passwordKey]
        checkName(entry)
        guard let fields = Fields(entry.value, of: subject, known: known, log) else { return nil }
        return (User(entry.key, roles(fields)), secrets(fields))
    }

    /// A name stands before the colon of HTTP's Basic and among the words of `CLIENT INFO`.
    private func checkName(_ entry: YAMLNode.Entry) {
        let name = entry.key
        if name == AccessControl.anyUser {
            log.report(
                "'default' is what clients call whoever they are; name the user otherwise", at: entry.keyPosition)
        }
        let isGood = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
        if !isGood || name.isEmpty || name.utf8.count > 128 {
            let message = "a user's name has 1 to 128 characters of printable ASCII, without spaces and colons"
            log.report(message, at: entry.keyPosition)
        }
    }

    private func roles(_ fields: Fields) -> Roles {
        guard let node = fields["roles"] else {
            let words = Role.allCases.map(\.rawValue).joined(separator: ", ")
            log.report("\(fields.subject) has no 'roles:'; they are among \(words)", at: fields.position)
            return []
        }
        if case .list(let elements) = node.content, elements.isEmpty {
            log.report("\(fields.subject) has no roles; leave the user out or give one", at: node.position)
        }
        return node.elements.reduce(into: Roles()) { roles, element in
            if let role = values.word(element, "roles", of: Role.self) { roles.insert(Roles(role)) }
        }
    }

    private func secrets(_ fields: Fields) -> [SecretHash] {
        guard let node = fields[Self.passwordKey] else {
            log.report("\(fields.subject) has no '\(Self.passwordKey):'; \(Self.remedy)", at: fields.position)
            return []
        }
        if case .list(let elements) = node.content, elements.isEmpty {
            log.report("\(fields.subject) has no secret; \(Self.remedy)", at: node.position)
        }
        return node.elements.compactMap { element in
            if let text = element.text, let hash = SecretHash(hexadecimal: text) { return hash }
            let found = element.text.map { "\($0.count) characters" } ?? "something else"
            let message =
                "'\(Self.passwordKey)' is \(SecretHash.digits) hexadecimal digits, not \(found); \(Self.remedy)"
            log.report(message, at: element.position)
            return nil
        }
    }

    private static let remedy = "'sluice user hash NAME' makes the line"
}
