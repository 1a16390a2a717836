import Foundation
import RedisServers
public import SluiceRedis

/// Redis servers that a run starts for itself: nothing else speaks to them, so they may be emptied and killed.
///
/// They listen on free ports of the loopback interface, keep their files in temporary folders, and are gone with the
/// process at the latest.
public struct BenchServers: Sendable {
    /// The one server, and the cluster of three masters with a replica each.
    let single: RedisServer?
    let several: RedisCluster?
    /// Where decisions are made on the one server; `nil` if it was not asked for.
    public let redis: RedisStore?
    /// Likewise on the cluster.
    public let cluster: RedisStore?

    /// How long a node of the cluster may be silent. While other things are measured a machine that is busy with them
    /// must not make it fail over.
    static let patience = Duration.seconds(15)

    /// Starts what is asked for and returns once it answers.
    /// - Returns: `nil` if there is no `redis-server` along `PATH`.
    /// - Throws: ``BenchError`` if one is there, but does not start.
    public static func started(single: Bool, cluster: Bool) async throws -> BenchServers? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return try await started(single: single, cluster: cluster, along: path)
    }

    /// - Parameter folders: Where `redis-server` is looked for.
    static func started(single: Bool, cluster: Bool, along folders: String) async throws -> BenchServers? {
        guard single || cluster else { return try BenchServers(nil, nil) }
        guard InstalledProgram.path(of: "redis-server", along: folders) != nil else { return nil }
        var server: RedisServer?
        do {
            if single { server = try await RedisServer.start() }
            let several = cluster ? try await RedisCluster.start(nodeTimeout: patience) : nil
            return try BenchServers(server, several)
        } catch {
            await server?.stop()
            throw BenchError(
                "redis-server is there but does not serve: name a Redis with --redis or leave it out with --no-redis. "
                    + "\(error)")
        }
    }

    private init(_ single: RedisServer?, _ several: RedisCluster?) throws {
        self.single = single
        self.several = several
        redis = try single.map { try RedisStore($0.url).forMeasuring() }
        cluster = try several.map { try RedisStore(cluster: $0.url).forMeasuring() }
    }

    /// Ends them and removes their folders.
    public func stop() async {
        await single?.stop()
        await several?.stop()
    }
}
