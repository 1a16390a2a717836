import RESP
import RedisServers
import SluiceRedis
import SluiceTesting
import Testing

@testable import SluiceServer

/// Where the cells of a server under test are: its answers are the same.
enum EngineUnderTest: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory, redis, cluster

    var testDescription: String { "cells in \(rawValue)" }

    /// Keys of its own on a server that all tests share, on a test's time line; `nil` for memory.
    func store(_ time: ManualTime) async throws -> RedisStore? {
        var store: RedisStore
        switch self {
        case .memory: return nil
        case .redis: store = try RedisStore(try await RedisServer.shared().url)
        case .cluster: store = try RedisStore(cluster: try await RedisCluster.shared().url)
        }
        store.testTime = time
        store.prefix = "test-\(UInt64.random(in: .min ... .max))"
        store.secret = "a secret that only tests share"
        // No busy machine makes an answer degraded.
        store.redis.commandTimeout = .seconds(20)
        store.redis.connectTimeout = .seconds(20)
        return store
    }
}
