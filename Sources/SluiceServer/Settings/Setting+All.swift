import Logging
import Sluice
import SluiceHTTP

extension Setting {
    /// All that there are, in the order in which they are told.
    package static let all = [
        config, envoyConfig, http, grpc, resp, threads, snapshot, capacity, admin, showCallers, logLevel, logFormat,
        otlpEndpoint, traceRatio, trustedProxies, forwardedHeader, ipv6Prefix, authorize, users, tlsCertificate, tlsKey,
        tlsClientAuthority, redis, redisCluster,
        redisPasswordFile, redisSecretFile, redisPrefix, redisTimeout,
    ]

    /// Those of a file's `server:`.
    package static let ofFile = all.filter { $0.layers.contains(.file) }

    /// The setting of that name.
    package static func named(_ key: String) -> Setting? { all.first { $0.key == key } }
}

// MARK: - The server

extension Setting {
    package static let config = Setting(
        "config", .path, default: .words("sample policies"), in: [.commandLine, .environment], "The policy file.")
    package static let envoyConfig = Setting(
        "envoy-config", .path, default: .words("none"),
        "The YAML files of envoyproxy/ratelimit: a directory, or one file.")
    package static let http = Setting(
        "http", .address, default: .value("127.0.0.1:8080"), "Where HTTP listens.")
    package static let grpc = Setting(
        "grpc", .address, default: .words("127.0.0.1:8081 in a build with gRPC"),
        "Where Envoy's rate limit service listens.")
    package static let resp = Setting(
        "resp", .address, default: .value("127.0.0.1:6380"), "Where the Redis protocol listens.")
    package static let threads = Setting(
        "threads", .number(1...1_024), default: .words("one for each core"), "Event loops.")
    package static let snapshot = Setting(
        "snapshot", .path, default: .words("none"), "Where to keep what is used across restarts.")
    package static let capacity = Setting(
        "capacity", .number(1...Int.max), default: .value("\(MemoryStore.defaultCapacity)"),
        "The most cells to hold; each is 32 bytes.")
    package static let admin = Setting(
        "admin", .flag, default: .value("false"),
        "Answer calls that change the server, such as POST /v1/policies/reload.")
    package static let showCallers = Setting(
        "show-callers", .flag, default: .value("false"),
        "Name callers in the dashboard and in events by their values; otherwise by a hash.")
    package static let logLevel = Setting(
        "log-level", .word(Logger.Level.allCases.map(\.rawValue)), default: .value("notice"), "The least level to log.")
    package static let logFormat = Setting(
        "log-format", .word(["text", "json"]), default: .value("text"),
        "How to log: text, or json with one object a line.")
    package static let otlpEndpoint = Setting(
        "otlp-endpoint",
        .text("the form http://HOST:PORT, such as http://127.0.0.1:4318") { text in
            text.contains("://") && HTTPEndpoint.isAddress(text)
        }, default: .words("no traces"), "The collector that traces are sent to, by OTLP over HTTP.")
    package static let traceRatio = Setting(
        "trace-ratio",
        .text("a number from 0 to 1, such as 0.01") { text in Double(text).map { (0...1).contains($0) } ?? false },
        default: .value("0.001"),
        "The share of the traces that begin here to keep; those of callers are kept as they ask.")
}

// MARK: - Proxies

extension Setting {
    package static let trustedProxies = Setting(
        "trusted-proxies", .networks, default: .value("127.0.0.0/8,::1/128"), appliesOnReload: true,
        "The networks of proxies whose word is taken for the client's address.")
    package static let forwardedHeader = Setting(
        "forwarded-header", .word(ForwardedHeader.allCases.map(\.rawValue)),
        default: .value(ForwardedHeader.xForwardedFor.rawValue), appliesOnReload: true,
        "The header field in which they name the client.")
    package static let ipv6Prefix = Setting(
        "ipv6-prefix", .number(1...128), default: .value("64"), appliesOnReload: true,
        "How many bits of an IPv6 address stand for a client.")
    package static let authorize = Setting(
        "authorize", .policies, default: .words("by each policy's keys"), in: [.file], appliesOnReload: true,
        "How policies answer proxies.")
}

// MARK: - Redis

extension Setting {
    package static let users = Setting(
        "users", .path, default: .words("everybody may ask"),
        "The file of those who may ask, each what his roles allow.")
    package static let tlsCertificate = Setting(
        "tls-certificate", .path, default: .words("none"),
        "The certificate to encrypt all TCP ports with, and those between it and its authority, in PEM.")
    package static let tlsKey = Setting(
        "tls-key", .path, default: .words("none"), "The certificate's private key, in PEM.")
    package static let tlsClientAuthority = Setting(
        "tls-client-ca", .path, default: .words("none"),
        "The authorities, in PEM, of one of which a client needs a certificate.")

    package static let redis = Setting(
        "redis", .redis, default: .words("memory"), isSecret: true,
        "The Redis to share limits on: redis://[user:password@]host[:port][/database], rediss://… or unix://path.")
    package static let redisCluster = Setting(
        "redis-cluster", .redis, default: .words("memory"), isSecret: true,
        "The Redis Cluster of these nodes, separated by commas, to share limits on.")
    package static let redisPasswordFile = Setting(
        "redis-password-file", .path, default: .words("none"),
        "The file that holds the password of Redis, where the URL should not.")
    package static let redisSecretFile = Setting(
        "redis-secret-file", .path, default: .words("none"),
        "The file of the secret, shared by all servers, that callers' names are hashed with.")
    package static let redisPrefix = Setting(
        "redis-prefix",
        // Braces would move a cluster's hash tag, and so tear a policy's cells apart.
        .text("1 to 64 printable ASCII characters without spaces and braces") { text in
            (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
                && !text.contains { "{}".contains($0) }
        }, default: .value("sluice"), "What keys begin with; servers that share limits share it.")
    package static let redisTimeout = Setting(
        "redis-timeout", .span(.milliseconds(1) ... .seconds(60)), default: .value("250ms"),
        "How long a decision may wait for Redis; then the rule's failure choice decides.")
}
