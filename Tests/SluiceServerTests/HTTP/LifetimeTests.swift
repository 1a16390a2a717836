import Foundation
import Logging
import Sluice
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("A server's life", .timeLimit(.minutes(10)))
struct LifetimeTests {
    static func temporaryPath() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent(
            "sluice-\(UInt64.random(in: 0 ... .max)).snapshot"
        ).path
    }

    @Test("on a graceful stop what is in flight is answered, and the snapshot is written")
    func gracefulStop() async throws {
        let path = Self.temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await ServerUnderTest.run(snapshot: path) { server in
            try await server.connect { stream in
                try await stream.send(DecisionStreamTests.head)
                try await stream.send(DecisionStreamTests.chunk("{\"policy\":\"free\"}\n"))
                try await stream.text(until: "\"allowed\":true")
                try await server.connect { slow in
                    let body = "{\"policy\":\"chat\",\"descriptor\":{\"user\":\"1\"},\"cost\":3}"
                    try await slow.send(
                        "POST /v1/check HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                            + "Content-Length: \(body.utf8.count)\r\n\r\n")
                    #expect(try await slow.reply().status == 100)
                    await server.server.shutDown()
                    // The stream is ended by the stop, so when it has ended, the stop is under way.
                    #expect(try await stream.reply().status == 200)
                    try await slow.send(body)
                    let reply = try await slow.reply()
                    #expect(reply.status == 200)
                    #expect(reply["Connection"] == "close")
                    #expect(try await slow.rest().isEmpty)
                }
            }
        }
        #expect(FileManager.default.fileExists(atPath: path))
        try await ServerUnderTest.run(snapshot: path) { server in
            let peek = try await server.request("POST", "/v1/peek", #"{"policy":"chat","descriptor":{"user":"1"}}"#)
            #expect(try peek.json["remaining"] as? Int == 2)
        }
    }

    @Test("a stop closes connections that ask nothing", arguments: EngineUnderTest.allCases)
    func idleConnections(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            try await server.connect { idle in
                try await idle.send(ServerUnderTest.check())
                _ = try await idle.reply()
                await server.server.shutDown()
                #expect(try await idle.rest().isEmpty)
            }
        }
    }

    @Test("a damaged snapshot is told, not silently replaced")
    func damagedSnapshot() async throws {
        let path = Self.temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("not a snapshot".utf8).write(to: URL(fileURLWithPath: path))
        await #expect(throws: SluiceError.self) {
            try await ServerUnderTest.run(snapshot: path) { _ in Issue.record("it started") }
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "not a snapshot")
    }

    @Test("a port in use is told with what to do")
    func portInUse() async throws {
        try await ServerUnderTest.run { server in
            let error = await #expect(throws: ServerError.self) {
                try await ServerUnderTest.run(http: server.http) { _ in Issue.record("it started") }
            }
            #expect(error?.code == .cannotListen)
            #expect(error?.message.contains("another process listens there") == true)
        }
    }

    @Test("with every transport off it does not start")
    func nothingToServe() async throws {
        var configuration = ServerConfiguration()
        configuration.http = nil
        configuration.resp = nil
        configuration.grpc = nil
        let server = Server(try Limiter([]), configuration: configuration, logger: Logger(label: "test"))
        let error = await #expect(throws: ServerError.self) { try await server.run() }
        #expect(error?.code == .nothingToServe)
    }

    @Test(
        "many clients on several threads are admitted exactly as often as the limit says",
        arguments: EngineUnderTest.allCases)
    func concurrentAdmission(engine: EngineUnderTest) async throws {
        let policies = [Policy("all") { Rule("total", .tokenBucket(100, per: .hours(1))) }]
        try await ServerUnderTest.run(on: engine, policies: policies, threads: 2) { server in
            let admitted = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        try await server.connect { connection in
                            var admitted = 0
                            for _ in 0..<20 {
                                try await connection.send(ServerUnderTest.check("all"))
                                if try await connection.reply().status == 200 { admitted += 1 }
                            }
                            return admitted
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(admitted == 100)
        }
    }
}
