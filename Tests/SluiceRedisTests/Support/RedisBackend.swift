import RedisServers
import SluiceRedis
import Testing

/// What the cells of a test lie on.
enum RedisBackend: String, CaseIterable, CustomTestStringConvertible {
    case server, cluster

    var testDescription: String { rawValue }

    func store() async throws -> RedisStore {
        switch self {
        case .server: try RedisStore(await RedisServer.shared().url)
        case .cluster: try RedisStore(cluster: await RedisCluster.shared().url)
        }
    }
}
