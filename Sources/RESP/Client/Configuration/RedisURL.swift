/// The parts of a Redis URL, decoded.
///
/// `redis://user:password@host:port,host:port/database?option=value`, the same with `rediss` for TLS, and
/// `unix://user:password@/path?option=value`. In users, passwords, paths and values `%` and two hexadecimal digits
/// stand for a byte. No error repeats a part that may hold a password.
///
/// Source: <https://www.iana.org/assignments/uri-schemes/prov/redis>, of which the list of hosts and most options are
/// extensions.
struct RedisURL: Equatable {
    enum Scheme: String, CaseIterable {
        case redis
        case rediss
        case unix
        /// Sentinels that know a master, whose name is the path; the second with TLS.
        case sentinel = "redis-sentinel"
        case encryptedSentinel = "rediss-sentinel"

        var isSentinel: Bool { self == .sentinel || self == .encryptedSentinel }
        var isEncrypted: Bool { self == .rediss || self == .encryptedSentinel }
    }

    var scheme: Scheme
    var credentials: RedisCredentials?
    /// Hosts and ports as they are written; empty for a Unix socket.
    var hosts: [Substring] = []
    /// What follows the hosts, with its slash.
    var path = ""
    /// In their order, decoded.
    var options: [Option] = []

    struct Option: Equatable {
        var name: String
        var value: String
    }

    init(_ text: String) throws(RedisError) {
        let schemes = "redis://, rediss:// (with TLS), redis-sentinel:// or unix://"
        guard let mark = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased())
        else { throw Self.invalid("begins with \(schemes)") }
        self.scheme = scheme
        var rest = text[mark.upperBound...]
        let end = rest.firstIndex { "/?".contains($0) } ?? rest.endIndex
        if scheme != .unix, !rest[..<end].contains("@"), rest[end...].contains("@") {
            // Otherwise a part of the password would be taken for a host or an option, and shown.
            throw Self.invalid("writes /, ? and # in a password as %2F, %3F and %23, and @ behind the hosts as %40")
        }
        if let query = rest.firstIndex(of: "?") {
            options = try Self.options(rest[rest.index(after: query)...])
            rest = rest[..<query]
        }
        let pathStart = rest.firstIndex(of: "/") ?? rest.endIndex
        path = try Self.decoded(rest[pathStart...], "path")
        try readAuthority(rest[..<pathStart])
    }

    private mutating func readAuthority(_ authority: Substring) throws(RedisError) {
        var hosts = authority
        if let end = authority.lastIndex(of: "@") {
            credentials = try Self.credentials(authority[..<end])
            hosts = authority[authority.index(after: end)...]
        }
        self.hosts = hosts.isEmpty ? [] : hosts.split(separator: ",", omittingEmptySubsequences: false)
    }

    private static func credentials(_ text: Substring) throws(RedisError) -> RedisCredentials {
        guard let colon = text.firstIndex(of: ":") else {
            throw invalid("has user:password@ or :password@ before the host")
        }
        let user = try decoded(text[..<colon], "user")
        let password = try decoded(text[text.index(after: colon)...], "password")
        return RedisCredentials(username: user.isEmpty ? nil : user, password: password)
    }

    private static func options(_ query: Substring) throws(RedisError) -> [Option] {
        var options: [Option] = []
        for part in query.split(separator: "&") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(halves[0])
            guard halves.count == 2 else { throw invalid("has options of the form name=value") }
            guard !options.contains(where: { $0.name == name }) else {
                throw invalid("has each option once, but '\(name)' twice")
            }
            options.append(Option(name: name, value: try decoded(halves[1], "option '\(name)'")))
        }
        return options
    }

    private static func decoded(_ text: Substring, _ part: String) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next().flatMap(hexValue), let low = rest.next().flatMap(hexValue) else {
                throw invalid("has two hexadecimal digits behind each % (its \(part) has not); % itself is %25")
            }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw invalid("is UTF-8 (its \(part) is not)")
        }
        return decoded
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }

    /// An error that tells what a Redis URL is like.
    static func invalid(_ rule: String) -> RedisError { RedisError(.invalidConfiguration, "a Redis URL \(rule)") }
}
