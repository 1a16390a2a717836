import Foundation

/// How a server stands, as `/v1/events` tells each second.
struct ServerSummary: Decodable, Sendable {
    struct Rule: Decodable, Sendable {
        var policy: String
        var rule: String
        var mode: String
        var limit: String
        var allowed: Int
        var denied: Int
        var impossible: Int
        var shadowDenied: Int
        var degraded: Int
        var use: [Int]

        var name: String { "\(policy)\0\(rule)" }
        /// Decisions made by this rule.
        var decided: Int { allowed + denied + impossible }
    }

    struct Latency: Decodable, Sendable {
        var name: String
        var count: Int
        var p50: Double?
        var p99: Double?
    }

    struct Cells: Decodable, Sendable {
        var held: Int
        var limit: Int
        var bytes: Int
        var dropped: Int
    }

    struct Node: Decodable, Sendable {
        var node: String
        var ready: Int
        var lanes: Int
        var queue: Int
        var breaker: String
    }

    struct Caller: Decodable, Sendable {
        var policy: String
        var rule: String
        var caller: String
        var denied: Int
        var error: Int
    }

    struct Override: Decodable, Sendable {
        var policy: String
        var rule: String
        var limit: String
        var until: Double
    }

    struct Process: Decodable, Sendable {
        var cpuSeconds: Double
        var residentBytes: Int?
        var openFiles: Int?
        var threads: Int
    }

    struct Load: Decodable, Sendable {
        var time: Double
        var succeeded: Bool
        var message: String?
        var policies: Int
        var rules: Int
    }

    var time: Double
    var uptime: Double
    var version: String
    var store: String
    var rules: [Rule]
    var latency: [Latency]
    var cells: Cells?
    var nodes: [Node]
    var process: Process
    var load: Load
    var callers: [Caller]
    var overrides: [Override]

    /// - Throws: `DecodingError` for what no server of ours says.
    init(json: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(Self.self, from: Data(json.utf8))
    }
}
