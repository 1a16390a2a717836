import Foundation

/// What a reader has before reading: a policy file of one policy, and yesterday's logs.
enum ReaderFiles {
    static let policies = """
        policies:
          web:
            rules:
              - {name: burst, by: [ip], limit: 10 per 1m}
              - {name: daily, by: [ip], limit: 1000 per 1d, algorithm: sliding-log}
        """

    /// An access log of one day: 24 requests of two callers.
    static func log(day: Int) -> String {
        (0..<24).map { hour in
            let time = "\(day)/May/2025:\(hour < 10 ? "0" : "")\(hour):00:00 +0000"
            return "192.0.2.\(hour % 2 + 1) - - [\(time)] \"GET / HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0\"\n"
        }.joined()
    }

    /// Writes them: the older the log, the higher its number, and the oldest compressed.
    static func write(to scratch: ScratchFolder) throws {
        try FileManager.default.createDirectory(
            at: scratch.url.appendingPathComponent("logs"), withIntermediateDirectories: true)
        try scratch.write(policies, to: "sluice.yaml")
        try scratch.write(log(day: 19), to: "access.log")
        try scratch.write(log(day: 18), to: "access.log.1")
        for name in ["access.log.2", "logs/monday", "logs/tuesday"] {
            let file = try scratch.write(log(day: 17), to: name)
            let gzip = Process()
            gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            gzip.arguments = ["gzip", file.path]
            try gzip.run()
            gzip.waitUntilExit()
        }
    }
}
