/// A user and a password. Neither descriptions nor reflection show the password.
public struct RedisCredentials: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// An ACL user, or `nil` for the default user.
    public var username: String?
    /// The password itself.
    public var password: String

    /// A user and a password.
    public init(username: String? = nil, password: String) {
        self.username = username
        self.password = password
    }

    public var description: String { "\(username ?? "default"):***" }
    public var debugDescription: String { description }
    /// Hides the password from `dump` and from what prints a value by its parts.
    public var customMirror: Mirror { Mirror(self, children: ["username": username ?? "default"]) }
}
