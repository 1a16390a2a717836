import Foundation
import RESP
import Sluice
import SluiceRedis
import SluiceServer

/// What the settings say of Redis.
struct RedisSettings {
    /// Where it is, by `redis` or `redis-cluster`; `nil` for cells in memory.
    let target: SettingValues.Said?
    private let values: SettingValues

    /// - Throws: What contradicts each other.
    init(_ values: SettingValues) throws(SettingsFault) {
        self.values = values
        target = try Self.target(values)
        if let target {
            for (setting, what) in [(Setting.snapshot, "keeps"), (.capacity, "bounds")] {
                if let said = values.given(setting) {
                    throw SettingsFault(
                        said, "it \(what) cells of this process; with \(target.place) they are in Redis.")
                }
            }
        } else {
            for setting in [Setting.redisPasswordFile, .redisSecretFile, .redisPrefix, .redisTimeout] {
                if let said = values.given(setting) {
                    throw SettingsFault(said, "it says how Redis is used; give 'redis' or 'redis-cluster' too.")
                }
            }
        }
    }

    /// Where several say where Redis is, whoever overrules the others is right, be it one server or a cluster.
    private static func target(_ values: SettingValues) throws(SettingsFault) -> SettingValues.Said? {
        guard let single = values.given(.redis), let cluster = values.given(.redisCluster) else {
            return values.given(.redis) ?? values.given(.redisCluster)
        }
        if single.origin.rank == cluster.origin.rank {
            throw SettingsFault(
                single, "'redis' is one server and 'redis-cluster' (\(cluster.place)) several; give one of them.")
        }
        return single.origin.rank < cluster.origin.rank ? single : cluster
    }

    /// The store; `nil` for memory.
    func store() throws -> RedisStore? {
        guard let target else { return nil }
        let isCluster = target.setting.key == Setting.redisCluster.key
        var store = isCluster ? try RedisStore(cluster: target.text) : try RedisStore(target.text)
        try check(store.redis, target)
        if let prefix = values[.redisPrefix] { store.prefix = prefix }
        // The URL may have a time-out of its own.
        if let said = values.given(.redisTimeout) {
            store.timeout = try SettingKind.span(said.text, in: .milliseconds(1) ... .seconds(60))
        }
        if let said = values.given(.redisSecretFile) { store.secret = try Self.secret(said) }
        if let said = values.given(.redisPasswordFile) {
            guard (store.redis.credentials?.password ?? "").isEmpty else {
                throw SettingsFault(said, "\(target.place) holds a password already; leave one of them out.")
            }
            let password = try Self.text(of: said)
            guard !password.isEmpty else { throw SettingsFault(said, "the file '\(said.text)' is empty.") }
            store.redis.credentials = RedisCredentials(
                username: store.redis.credentials?.username, password: password)
        }
        return store
    }

    /// What an operator should know before it is too late.
    var warning: String? {
        guard target != nil, values.given(.redisSecretFile) == nil else { return nil }
        return
            "warning: without --redis-secret-file whoever reads the keys in Redis can find callers by guessing names."
    }

    private func check(_ redis: RedisConfiguration, _ target: SettingValues.Said) throws(SettingsFault) {
        let isCluster = redis.topology == .cluster
        if isCluster, redis.database != 0 {
            throw SettingsFault(target, "a cluster has database 0 only; leave the database out.")
        }
        if isCluster, redis.addresses.contains(where: { $0.host == nil }) {
            throw SettingsFault(target, "a cluster's nodes are reached by host and port, not by a Unix socket.")
        }
        if redis.topology == .single, redis.addresses.count > 1 {
            throw SettingsFault(target, "it is one server; for the nodes of a cluster give 'redis-cluster'.")
        }
        #if !TLS
        if redis.tls != nil {
            throw SettingsFault(
                target, "this build has no TLS; build with 'swift build -c release --traits TLS'.")
        }
        #endif
    }

    private static func secret(_ said: SettingValues.Said) throws(SettingsFault) -> String {
        let secret = try text(of: said)
        guard secret.utf8.count >= 16 else {
            throw SettingsFault(
                said, "'\(said.text)' needs at least 16 characters, such as those of 'openssl rand -hex 32'.")
        }
        return secret
    }

    /// What a file that a setting names holds, without white space around it.
    private static func text(of said: SettingValues.Said) throws(SettingsFault) -> String {
        do {
            let text = try String(contentsOfFile: said.text, encoding: .utf8)
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            throw SettingsFault(said, "'\(said.text)' cannot be read as text: \(error.localizedDescription)")
        }
    }
}
