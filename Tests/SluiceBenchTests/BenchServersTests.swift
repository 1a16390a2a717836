import Foundation
import RedisServers
import SluiceRedis
import Testing

@testable import SluiceBench

@Suite("Servers that a run starts for itself")
struct BenchServersTests {
    @Test("serve, and leave neither a process nor a folder behind")
    func whole() async throws {
        let servers = try #require(try await BenchServers.started(single: true, cluster: true))
        let all = [try #require(servers.single)] + (try #require(servers.several)).servers
        #expect(all.count == 7 && all.allSatisfy { $0.isRunning && FileManager.default.fileExists(atPath: $0.folder) })
        let redis = try await MeasuredRedis.of(try #require(servers.redis), isOwn: true)
        #expect(redis.masters == 1 && redis.description.hasSuffix(", started for this run"))
        let cluster = try await MeasuredRedis.of(try #require(servers.cluster), isOwn: true)
        #expect(cluster.masters == 3 && cluster.description.contains(", a cluster of 3 masters, started"))
        await servers.stop()
        #expect(!all.contains { $0.isRunning || FileManager.default.fileExists(atPath: $0.folder) })
        await #expect(throws: BenchError.self) { try await MeasuredRedis.of(try #require(servers.redis), isOwn: true) }
    }

    @Test("are none that no suite needs")
    func parts() async throws {
        let nothing = try #require(try await BenchServers.started(single: false, cluster: false))
        #expect(nothing.redis == nil && nothing.cluster == nil && nothing.single == nil && nothing.several == nil)
        let single = try #require(try await BenchServers.started(single: true, cluster: false))
        #expect(single.redis != nil && single.cluster == nil && single.several == nil)
        await single.stop()
        for (name, needs) in [
            ("stores", [.redis, .cluster]), ("users", [.redis, .cluster]), ("redis", [.redis, .cluster]),
            ("cooldowns", []),
        ] as [(String, Set<BenchNeed>)] { #expect(BenchSuite.named(name)?.needs == needs, "\(name)") }
    }

    @Test("are none where redis-server is not installed")
    func missing() async throws {
        let folder = try StartedProcesses.makeFolder()
        defer { StartedProcesses.removeFolder(folder) }
        #expect(try await BenchServers.started(single: true, cluster: true, along: folder) == nil)
        #expect(InstalledProgram.path(of: "sh", along: "\(folder):/bin:/usr/bin")?.hasSuffix("bin/sh") == true)
        // A folder and a file that nobody may execute are no programs.
        try FileManager.default.createDirectory(atPath: "\(folder)/one", withIntermediateDirectories: true)
        try "".write(toFile: "\(folder)/two", atomically: true, encoding: .utf8)
        for name in ["one", "two", "three"] { #expect(InstalledProgram.path(of: name, along: folder) == nil) }
        let current = try #require(InstalledProgram.current)
        #expect(current.hasPrefix("/") && FileManager.default.isExecutableFile(atPath: current))
    }

    @Test("have keys of their own, and are told of without passwords")
    func stores() async throws {
        let (one, other) = (try RedisStore("redis://h").forMeasuring(), try RedisStore("redis://h").forMeasuring())
        #expect(one.prefix != other.prefix && one.rememberedDenials == 0)
        let server = try await RedisServer.start(password: "secret")
        let text = try await MeasuredRedis.of(try RedisStore(server.url), isOwn: false).description
        #expect(text.hasSuffix(", at 127.0.0.1:\(server.port)") && !text.contains("secret"))
        await server.stop()
    }

    @Test("go with a run that is interrupted, and so do their folders", arguments: [SIGINT, SIGTERM])
    func interrupted(signal: Int32) async throws {
        let folder = try StartedProcesses.makeFolder()
        defer { StartedProcesses.removeFolder(folder) }
        let temporary = "\(folder)/temporary"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        let log = "\(folder)/log"
        let run = try await ServerProcess.start(
            ["env", "TMPDIR=\(temporary)", try sluice(), "bench", "stores", "--rounds", "1000"], logFile: log)
        try await eventually("the run measures") { run.log.contains("a cluster of 3 masters") }
        let ports = try FileManager.default.contentsOfDirectory(atPath: temporary).compactMap { name in
            try String(contentsOfFile: "\(temporary)/\(name)/redis.conf", encoding: .utf8).split(separator: "\n")
                .first { $0.hasPrefix("port ") }.flatMap { Int($0.dropFirst(5)) }
        }
        #expect(ports.count == 7)
        run.signal(signal)
        await run.waitUntilEnded()
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary) == [])
        for port in ports {
            await #expect(throws: BenchError.self, "port \(port)") {
                try await MeasuredRedis.of(try RedisStore("redis://127.0.0.1:\(port)"), isOwn: true)
            }
        }
        #expect(!run.log.contains("Error"))
    }

    /// The `sluice` that was built together with these tests; it lies beside their bundle.
    private func sluice() throws -> String {
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
        let folder = URL(fileURLWithPath: bundle).resolvingSymlinksInPath().deletingLastPathComponent()
        let path = folder.appendingPathComponent("sluice").path
        try #require(FileManager.default.isExecutableFile(atPath: path), "\(path) is not built")
        return path
    }
}
