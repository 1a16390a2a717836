import Foundation
import NIOCore
import Sluice
import Testing

@testable import SluiceServer

/// Real clients; `make test` installs them.
@Suite("Redis clients, unchanged", .timeLimit(.minutes(10)))
struct RESPClientTests {
    @Test("redis-cli decides, in both versions of the protocol")
    func redisCLI() async throws {
        try await RESPServerUnderTest.run { server in
            try await server.script { address in
                let port = "\(address.port ?? 0)"
                func ask(_ words: String...) throws -> String {
                    try ClientProgram("redis-cli", ["-p", port] + words).output
                }
                #expect(try ask("CL.THROTTLE", "user123", "15", "30", "60") == "0\n16\n15\n-1\n2\n")
                #expect(try ask("-3", "sluice.check", "chat", "1", "user", "42") == "1\n5\n4\n0\n2000\nflood\n")
                #expect(try ask("-3", "--json", "sluice.peek", "chat", "user", "42") == "[1,5,4,0,2000,\"flood\"]\n")
                #expect(try ask("ping") == "PONG\n")
                #expect(try ask("-n", "0", "dbsize") == "2\n")
                #expect(try ask("--user", "default", "--pass", "x", "--no-auth-warning", "ping") == "PONG\n")
                #expect(try ask("get", "x").hasPrefix("ERR unknown command 'get', with args beginning with: 'x'"))
                let session = "HELLO 3\nCLIENT SETNAME me\nCLIENT GETNAME\n"
                let answers = try ClientProgram("redis-cli", ["-p", port], input: session).output
                #expect(answers.contains("proto 3") && answers.hasSuffix("OK\nme\n"))
            }
        }
    }

    @Test("redis-cli sends a file of requests by --pipe")
    func pipe() async throws {
        try await RESPServerUnderTest.run { server in
            try await server.script { address in
                let request = String(
                    decoding: RESPBytes.request(["CL.THROTTLE", "k", "9999", "1", "1"]), as: UTF8.self)
                let program = try ClientProgram(
                    "redis-cli", ["-p", "\(address.port ?? 0)", "--pipe"],
                    input: String(repeating: request, count: 10_000))
                #expect(program.output.hasSuffix("errors: 0, replies: 10000\n") && program.status == 0)
            }
        }
    }

    @Test("redis-py decides by single calls, pipelines, pools and a Unix socket")
    func redisPy() async throws {
        let path = "/tmp/sluice-test-\(UInt64.random(in: .min ... .max)).sock"
        try await RESPServerUnderTest.run { tcp in
            try await RESPServerUnderTest.run(at: .unix(path: path)) { unix in
                let port = tcp.port
                let program = try await unix.script { _ in
                    try ClientProgram(
                        ClientProgram.root.appendingPathComponent(".build/venv/bin/python").path,
                        [ClientProgram.root.appendingPathComponent("Tests/Clients/redis_py.py").path, "\(port)", path])
                }
                #expect(program.output == "ok\n" && program.status == 0)
            }
        }
    }

    @Test("redis-benchmark runs", arguments: [1, 16])
    func redisBenchmark(pipeline: Int) async throws {
        try await RESPServerUnderTest.run { server in
            try await server.script { address in
                let program = try ClientProgram(
                    "redis-benchmark",
                    [
                        "-p", "\(address.port ?? 0)", "-c", "10", "-P", "\(pipeline)", "-r", "1000", "-n", "2000",
                        "--csv",
                        "CL.THROTTLE", "key:__rand_int__", "15", "30", "60",
                    ])
                #expect(program.output.contains("\"CL.THROTTLE key:__rand_int__ 15 30 60\",\""))
                #expect(!program.output.contains("WARNING") && program.status == 0)
            }
            #expect(server.server.statistics.requests >= 2_000 && server.server.statistics.errors == 0)
        }
    }
}
