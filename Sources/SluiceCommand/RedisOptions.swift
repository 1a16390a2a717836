import ArgumentParser
import Foundation
import RESP
import SluiceRedis

/// The options that put the cells on Redis.
struct RedisOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Share limits on the Redis at redis://[user:password@]host[:port][/database], rediss://… or unix://path.",
            valueName: "url"))
    var redis: String?

    @Option(
        help: ArgumentHelp("Share limits on the Redis Cluster of these nodes, separated by commas.", valueName: "url"))
    var redisCluster: String?

    @Option(
        help: ArgumentHelp("The secret, shared by all servers, that callers' names are hashed with.", valueName: "file")
    )
    var redisSecretFile: String?

    @Option(
        help: ArgumentHelp(
            "What keys begin with; servers that share limits share it. (default: sluice)", valueName: "text"))
    var redisPrefix: String?

    @Option(
        help: ArgumentHelp(
            "How long a decision may wait for Redis, such as 100ms; then the rule's failure choice decides.",
            valueName: "duration"))
    var redisTimeout: String?

    /// The option that says where Redis is, and what it says.
    var target: (option: String, url: String)? {
        if let redis { return ("--redis", redis) }
        if let redisCluster { return ("--redis-cluster", redisCluster) }
        return nil
    }

    func validate() throws {
        if redis != nil, redisCluster != nil {
            throw ValidationError("--redis is one server and --redis-cluster several; give one of them.")
        }
        guard target == nil else { return }
        for (option, value) in [
            ("--redis-secret-file", redisSecretFile), ("--redis-prefix", redisPrefix),
            ("--redis-timeout", redisTimeout),
        ] where value != nil {
            throw ValidationError("\(option) says how Redis is used; give --redis or --redis-cluster too.")
        }
    }

    /// The store; `nil` for memory.
    func store() throws -> RedisStore? {
        guard let target else { return nil }
        var store: RedisStore
        do {
            store = redisCluster == nil ? try RedisStore(target.url) : try RedisStore(cluster: target.url)
        } catch {
            // Its message never holds a password; the URL might.
            throw ValidationError("\(target.option): \(error.message)")
        }
        try Self.check(store.redis, target.option)
        if let redisPrefix { store.prefix = try Self.prefix(redisPrefix) }
        if let redisTimeout { store.redis.commandTimeout = try Self.duration(redisTimeout) }
        if let redisSecretFile { store.secret = try Self.secret(in: redisSecretFile) }
        return store
    }

    /// What an operator should know before it is too late.
    var warning: String? {
        guard target != nil, redisSecretFile == nil else { return nil }
        return
            "warning: without --redis-secret-file whoever reads the keys in Redis can find callers by guessing names."
    }

    private static func check(_ redis: RedisConfiguration, _ option: String) throws {
        let isCluster = redis.topology == .cluster
        if isCluster, redis.database != 0 {
            throw ValidationError("\(option): a cluster has database 0 only; leave the database out.")
        }
        if isCluster, redis.addresses.contains(where: { $0.host == nil }) {
            throw ValidationError("\(option): a cluster's nodes are reached by host and port, not by a Unix socket.")
        }
        if redis.topology == .single, redis.addresses.count > 1 {
            throw ValidationError("\(option) is one server; for the nodes of a cluster give --redis-cluster.")
        }
        #if !TLS
        if redis.tls != nil {
            throw ValidationError("\(option): this build has no TLS; build with 'swift build -c release --traits TLS'.")
        }
        #endif
    }

    /// Braces would move a cluster's hash tag, and so tear a policy's cells apart.
    private static func prefix(_ text: String) throws -> String {
        guard !text.isEmpty, text.utf8.count <= 64, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
            !text.contains(where: { "{}".contains($0) })
        else {
            throw ValidationError("--redis-prefix is 1 to 64 printable ASCII characters without spaces and braces.")
        }
        return text
    }

    private static func secret(in file: String) throws -> String {
        let text: String
        do {
            text = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw ValidationError("--redis-secret-file '\(file)' cannot be read as text: \(error.localizedDescription)")
        }
        let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard secret.utf8.count >= 16 else {
            throw ValidationError(
                "--redis-secret-file '\(file)' needs at least 16 characters, such as those of 'openssl rand -hex 32'.")
        }
        return secret
    }

    /// A span such as `100ms` or `2s`, from 1 ms to a minute.
    private static func duration(_ text: String) throws -> Duration {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1_000)]
        for (unit, milliseconds) in units where text.hasSuffix(unit) {
            guard let number = Int64(text.dropLast(unit.count)), (1...60_000).contains(number) else { continue }
            let total = number * milliseconds
            guard total <= 60_000 else { break }
            return .milliseconds(total)
        }
        throw ValidationError("--redis-timeout '\(text)' is not a time from 1ms to 60s, such as 100ms or 1s.")
    }
}
