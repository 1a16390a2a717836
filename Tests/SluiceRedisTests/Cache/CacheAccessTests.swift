import Foundation
import RedisServers
import SluiceCache
import SluiceRedis
import Testing

@Suite("A Redis user for a cache")
struct CacheAccessTests {
    private static let words = """
        ~cache:* &cache:told +get +set +pttl +eval +getrange +del +time +publish +subscribe +ping +scan +unlink
        """

    @Test("needs no rights beside those that the page on caching lists")
    func rights() async throws {
        let file = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        let root = (0..<4).reduce(file) { folder, _ in folder.deletingLastPathComponent() }
        let page = try String(contentsOf: root.appendingPathComponent("docs/cache.md"), encoding: .utf8)
        #expect(page.contains(Self.words))

        try await RedisServer.during(options: ["user cache on >secret -@all \(Self.words)"]) { server in
            let source = TestSource()
            source["a"] = "value"
            var limits = CacheLimits()
            limits.sharedLock = .seconds(5)
            let url = server.url.replacing("redis://", with: "redis://cache:secret@")
            let cache = try await CachePair.instance(url, source, limits: limits, change: { $0.names = .plain })
            #expect(try await cache.value(for: "a", tags: ["t"]) == "value")
            for scope in [CacheScope.name("a"), .tag("t"), .matching("a*"), .everything] {
                try await cache.invalidate(scope)
                _ = try await cache.value(for: "a", tags: ["t"])
            }
            try await cache.store("b", for: "b")
            #expect(cache.statistics.sharedFailures == 0)
            try await eventually("locks are given back") {
                try await server.command("EXISTS", "cache:l:a").number == 0
            }
            await cache.shutDown()
            #expect(cache.statistics.sharedFailures == 0)
            let log = try await server.command("ACL", "LOG").list
            #expect(log.isEmpty, "\(log)")
        }
    }
}
