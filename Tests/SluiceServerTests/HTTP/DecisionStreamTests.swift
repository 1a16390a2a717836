import Foundation
import NIOCore
import NIOEmbedded
import Sluice
import SluiceHTTP
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("A stream of decisions", .timeLimit(.minutes(10)))
struct DecisionStreamTests {
    static let head = "POST /v1/check/stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

    @Test("is answered line by line while it is sent", arguments: EngineUnderTest.allCases)
    func answersAsItReads(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            try await server.connect { connection in
                try await connection.send(Self.head)
                for remaining in [4, 3, 2] {
                    try await connection.send(Self.chunk("{\"policy\":\"chat\",\"descriptor\":{\"user\":\"1\"}}\n"))
                    try await connection.text(until: "\"remaining\":\(remaining)")
                }
                try await connection.send(
                    Self.chunk("{\"policy\":\"chta\"}\n\n  \n{\"policy\"") + Self.chunk(":\"free\"}"))
                try await connection.send("0\r\n\r\n")
                let reply = try await connection.reply()
                #expect(reply["Content-Type"] == "application/x-ndjson")
                let lines = try reply.body.split(separator: "\n").map { line in
                    try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                }
                #expect(lines.count == 5)
                #expect(lines[3]["status"] as? Int == 404)
                #expect(lines[4]["policy"] as? String == "free")
                // The connection is good for more.
                try await connection.send(ServerUnderTest.check())
                #expect(try await connection.reply().status == 200)
            }
        }
    }

    @Test("ends at a line that is too long, and says so", arguments: EngineUnderTest.allCases)
    func longLine(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) {
            $0.maximumBodyBytes = 100
        } _: { server in
            try await server.connect { connection in
                let long = String(repeating: " ", count: 101)
                try await connection.send(
                    Self.head + Self.chunk("{\"policy\":\"free\"}\n\(long)") + Self.chunk("{\"policy\":\"free\"}\n")
                        + "0\r\n\r\n")
                let lines = try await connection.reply().body.split(separator: "\n")
                #expect(lines.count == 2)
                #expect(lines.last?.contains("\"status\":413") == true)
            }
        }
    }

    @Test(
        "whose answers are not read is not read on, and is closed after its time", arguments: EngineUnderTest.allCases)
    func backPressure(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) {
            $0.writeTimeout = .milliseconds(200)
        } _: { server in
            try await server.connect { connection in
                try await connection.channel.setOption(.autoRead, value: false).get()
                let lines = String(repeating: "{\"policy\":\"free\"}\n", count: 2_000)
                try await connection.send(Self.head)
                // Without back-pressure the server would take this without end.
                await #expect(throws: (any Error).self) {
                    while true { try await connection.send(Self.chunk(lines)) }
                }
            }
            #expect(try await server.request("GET", "/healthz").status == 200)
        }
    }

    @Test("is cut into the same lines however the bytes arrive")
    func cuts() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        let limiter = try Limiter(ServerUnderTest.policies, time: .provided(by: ManualTime()))
        let text = (0..<200).map { index in
            index % 7 == 3 ? "nonsense\(index)\r\n" : "{\"policy\":\"free\",\"descriptor\":{\"user\":\"\(index)\"}}\n"
        }.joined()
        var limits = HTTPLimits()
        limits.maximumBodyBytes = 1_000
        func answers(_ cuts: (Int) -> Int) -> String {
            let responder = DecisionResponder(.memory(limiter), PolicyDirectory(limiter))
            var lines = DecisionLines(responder, limits: limits, on: EmbeddedEventLoop())
            var rest = ByteBuffer(string: text)
            var answers = ByteBuffer()
            while let piece = rest.readSlice(length: min(rest.readableBytes, cuts(rest.readableBytes))),
                piece.readableBytes > 0
            {
                answers.writeImmutableBuffer(lines.answer(piece))
            }
            answers.writeImmutableBuffer(lines.finish())
            return String(buffer: answers)
        }
        let whole = answers { $0 }
        #expect(whole.split(separator: "\n").count == 200)
        #expect(answers { _ in 1 } == whole)
        for _ in 0..<20 { #expect(answers { _ in Int(random.number(in: 1...900)) } == whole, "seed \(seed)") }
    }
}
