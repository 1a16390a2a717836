extension RedisConfiguration {
    /// Reads a URL.
    ///
    /// `redis://user:password@host:port,host:port/database?option=value`, `rediss://…` with TLS, or
    /// `unix://user:password@/path?option=value`; or `redis-sentinel://host:port,host:port/master?option=value`, with
    /// TLS `rediss-sentinel://…`, where user and password are those of the master. `%` and two hexadecimal digits stand
    /// for a byte.
    ///
    /// | option | value |
    /// |---|---|
    /// | `client_name` | what `CLIENT LIST` shows |
    /// | `connect_timeout`, `timeout` | how long connecting and a command may take: `250ms`, `2s` |
    /// | `protocol` | `3`, or `2` to ask for nothing newer |
    /// | `db` | the database, where the path cannot tell it |
    /// | `cluster` | `yes` if the hosts are nodes of a cluster |
    /// | `sentinel` | the master's name if the hosts are sentinels |
    /// | `sentinel_user`, `sentinel_password` | who to be towards those |
    /// | `ca`, `cert`, `key` | PEM files of the authorities, the client's certificate and its key |
    /// | `server_name` | the name to ask for and to verify |
    /// | `verify` | `full`, `certificate` (made out to anybody) or `none` |
    ///
    /// - Throws: ``RedisError/Code/invalidConfiguration``; the message says what to write and holds no password.
    public init(url text: String) throws(RedisError) {
        let url = try RedisURL(text)
        var addresses: [NodeAddress] = []
        if url.scheme == .unix {
            guard url.hosts.isEmpty else { throw RedisURL.invalid("for a Unix socket has three slashes: unix:///path") }
            guard url.path.count > 1 else { throw RedisURL.invalid("for a Unix socket names its path: unix:///path") }
            addresses = [.unix(path: url.path)]
        } else {
            let port = url.scheme.isSentinel ? NodeAddress.defaultSentinelPort : NodeAddress.defaultPort
            for host in url.hosts { addresses.append(try NodeAddress(written: host, defaultPort: port)) }
        }
        guard !addresses.isEmpty else { throw RedisURL.invalid("names a host: \(url.scheme.rawValue)://localhost") }
        self.init(addresses: addresses)
        credentials = url.credentials
        if url.scheme.isEncrypted { tls = RedisTLS() }
        if url.scheme.isSentinel {
            guard url.path.count > 1 else {
                throw RedisURL.invalid("of Sentinels names the master: redis-sentinel://localhost/mymaster")
            }
            topology = .sentinel(master: String(url.path.dropFirst()))
        } else if url.scheme != .unix, url.path.count > 1 {
            database = try Self.database(String(url.path.dropFirst()))
        }
        for option in url.options { try apply(option) }
        try check()
    }

    private func check() throws(RedisError) {
        if topology == .cluster, database != 0 {
            throw RedisURL.invalid("for a cluster names no database: a cluster has 0 only")
        }
        if let tls, (tls.certificateFile == nil) != (tls.keyFile == nil) {
            throw RedisURL.invalid("gives cert and key together")
        }
    }

    private enum OptionName: String, CaseIterable {
        case clientName = "client_name"
        case connectTimeout = "connect_timeout"
        case timeout
        case version = "protocol"
        case database = "db"
        case cluster
        case sentinel
        case sentinelUser = "sentinel_user"
        case sentinelPassword = "sentinel_password"
        case authorityFile = "ca"
        case certificateFile = "cert"
        case keyFile = "key"
        case serverName = "server_name"
        case verification = "verify"
    }

    private mutating func apply(_ option: RedisURL.Option) throws(RedisError) {
        guard let name = OptionName(rawValue: option.name) else {
            let known = OptionName.allCases.map(\.rawValue).joined(separator: ", ")
            throw RedisURL.invalid("has the options \(known); '\(option.name)' is none of them")
        }
        let value = option.value
        switch name {
        case .clientName: clientName = try Self.clientName(value)
        case .connectTimeout: connectTimeout = try Self.duration(option)
        case .timeout: commandTimeout = try Self.duration(option)
        case .version:
            guard let known = Int(value).flatMap(RESPVersion.init) else {
                throw RedisURL.invalid("has protocol=2 or protocol=3")
            }
            version = known
        case .database: database = try Self.database(value)
        case .cluster:
            guard value == "yes" || value == "no" else { throw RedisURL.invalid("has cluster=yes or cluster=no") }
            if value == "yes" { topology = .cluster }
        case .sentinel: topology = .sentinel(master: value)
        case .sentinelUser: sentinelCredentials = RedisCredentials(username: value, password: sentinelPassword)
        case .sentinelPassword:
            sentinelCredentials = RedisCredentials(username: sentinelCredentials?.username, password: value)
        case .authorityFile, .certificateFile, .keyFile, .serverName, .verification: try applyTLS(name, value)
        }
    }

    private var sentinelPassword: String { sentinelCredentials?.password ?? "" }

    private mutating func applyTLS(_ name: OptionName, _ value: String) throws(RedisError) {
        guard var tls else { throw RedisURL.invalid("has \(name.rawValue) only with TLS, which rediss:// asks for") }
        switch name {
        case .authorityFile: tls.authorityFile = value
        case .certificateFile: tls.certificateFile = value
        case .keyFile: tls.keyFile = value
        case .serverName: tls.serverName = value
        default:
            guard let verification = RedisTLS.Verification(rawValue: value) else {
                throw RedisURL.invalid("has verify=full, verify=certificate or verify=none")
            }
            tls.verification = verification
        }
        self.tls = tls
    }
}

// MARK: - Values

extension RedisConfiguration {
    private static func database(_ text: String) throws(RedisError) -> Int {
        guard let number = Int(text), number >= 0 else {
            throw RedisURL.invalid("names a database by its number: redis://localhost/1")
        }
        return number
    }

    /// Redis takes no spaces and no line ends.
    private static func clientName(_ text: String) throws(RedisError) -> String {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw RedisURL.invalid("has a client_name of ASCII letters, digits and signs, without spaces")
        }
        return text
    }

    private static func duration(_ option: RedisURL.Option) throws(RedisError) -> Duration {
        let digits = option.value.prefix { $0.isASCII && $0.isNumber }
        if let count = Int64(digits), count > 0, count <= 86_400_000 {
            switch option.value.dropFirst(digits.count) {
            case "ms": return .milliseconds(count)
            case "s" where count <= 86_400: return .seconds(count)
            default: break
            }
        }
        throw RedisURL.invalid("has a \(option.name) such as 250ms or 2s, at most a day")
    }
}

extension NodeAddress {
    /// Reads `host`, `host:port` or `[::1]:port`.
    fileprivate init(written text: Substring, defaultPort: Int) throws(RedisError) {
        var host = text
        var port: Substring = "\(defaultPort)"
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else {
                throw RedisURL.invalid("has an IPv6 address in brackets: redis://[::1]:6379")
            }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if rest.hasPrefix(":") { port = rest.dropFirst() } else if !rest.isEmpty { port = rest }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard text.hasPrefix("[") || !host.contains(":") else {
            throw RedisURL.invalid("has an IPv6 address in brackets: redis://[::1]:6379")
        }
        guard !host.isEmpty else { throw RedisURL.invalid("names a host wherever there is a comma or a port") }
        guard let number = UInt16(port), number > 0 else {
            throw RedisURL.invalid("has ports from 1 to 65535, IPv6 addresses in brackets: redis://[::1]:6379")
        }
        self = .tcp(host: String(host), port: Int(number))
    }
}
