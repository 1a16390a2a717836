import Foundation
import Sluice
import Testing

@testable import SluiceReplay

/// A request as a parser found it.
struct ParsedRequest: Equatable {
    var time: String
    var values: [String: String]

    init(_ time: String, _ values: [String: String]) {
        self.time = time
        self.values = values
    }
}

/// What a parser made of a text.
struct ParsedLog {
    var requests: [ParsedRequest] = []
    var counts = LineCounts()
    var shortened = 0

    /// Parses a text with a policy that looks at `keys`, the first of which is the caller's.
    init(_ text: String, _ format: LogFormat, keys: [String], mapping: [String: String] = [:]) throws {
        let rules = [Rule("all", by: keys.map { DescriptorKey($0) }, .tokenBucket(1, per: .seconds(1)))]
        let detection = FormatDetection(
            policy: Policy("test", rules: rules), mapping: FieldMapping(mapping), callerKey: DescriptorKey(keys[0]))
        let source = try LogSource(
            path: "-", format: format, detection: detection, within: .min ... .max,
            input: try TemporaryLog(text).input())
        let batch = Batch(plan: source.plan)
        while !source.isAtEnd {
            try source.fill(batch)
            for index in 0..<batch.lineCount { requests.append(Self.request(batch, batch.requests[index])) }
            shortened += batch.shortened
        }
        counts = source.counts
    }

    private static func request(_ batch: Batch, _ request: Batch.Request) -> ParsedRequest {
        var values: [String: String] = [:]
        for entry in batch.entries(of: request) { values[entry.key.text] = entry.value.text }
        return ParsedRequest(TimeText.iso8601(request.time), values)
    }
}

/// A log in a file of its own, removed with it.
final class TemporaryLog {
    let path: String

    convenience init(_ text: String) throws { try self.init(Data(text.utf8)) }

    init(_ data: Data) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString).log").path
        try data.write(to: URL(fileURLWithPath: path))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func input() throws -> ByteInput { try ByteInput(path: path) }

    func data() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    /// The same, compressed.
    func compressed() throws -> TemporaryLog { try TemporaryLog(Program.run("gzip", ["-c", path])) }
}

/// Programs that tests compare with.
enum Program {
    static func run(_ name: String, _ arguments: [String]) throws -> Data {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(name) \(arguments) failed")
        return data
    }
}

/// A small generator of random numbers that a seed repeats (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Made logs.
enum SampleLog {
    /// An access log of a few addresses, out of order by less than a minute, with the seconds of `span`.
    static func access(requests: Int, addresses: Int, span: Int64, seed: UInt64) -> String {
        var random = SeededGenerator(seed: seed)
        let start = LogTime.days(year: 2026, month: 1, day: 2) * 86_400
        var times = (0..<requests).map { _ in start + Int64.random(in: 0..<span, using: &random) }
        times.sort { $0 / 60 < $1 / 60 }
        return times.map { time in
            // Few send much, most send little.
            let skew = Double.random(in: 0..<1, using: &random) * Double.random(in: 0..<1, using: &random)
            let address = Int(skew * Double(addresses))
            return line(address: "10.0.\(address / 250).\(address % 250)", seconds: time)
        }.joined()
    }

    static func line(address: String, seconds: Int64, path: String = "/") -> String {
        let (date, clock) = TimeText.parts(seconds)
        let parts = date.split(separator: "-")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = months[Int(parts[1])! - 1]
        return "\(address) - - [\(parts[2])/\(month)/\(parts[0]):\(clock) +0000] "
            + "\"GET \(path) HTTP/1.1\" 200 5 \"-\" \"test\"\n"
    }
}
