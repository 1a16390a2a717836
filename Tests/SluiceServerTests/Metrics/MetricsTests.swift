import Foundation
import Sluice
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("Metrics", .timeLimit(.minutes(10)))
struct MetricsTests {
    /// The samples of a page, by name and labels.
    static func samples(_ text: String) -> [String: Double] {
        var samples: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            samples[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return samples
    }

    @Test("count decisions, requests, cells and leases", arguments: EngineUnderTest.allCases)
    func counts(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            func metrics() async throws -> [String: Double] {
                Self.samples(try await server.request("GET", "/metrics").body)
            }
            let fresh = try await metrics()
            #expect(fresh["sluice_decisions_total{policy=\"chat\",rule=\"flood\",outcome=\"denied\"}"] == 0)
            for _ in 0..<7 {
                _ = try await server.connect {
                    try await $0.send(ServerUnderTest.check()); return try await $0.reply()
                }
            }
            _ = try await server.request("POST", "/v1/peek", #"{"policy":"chat","descriptor":{"user":"42"}}"#)
            _ = try await server.request("POST", "/v1/check", "nonsense")
            _ = try await server.request("POST", "/v1/leases", #"{"policy":"busy"}"#)
            _ = try await server.request("POST", "/v1/check", #"{"policy":"chat","descriptor":{"user":"1"},"cost":99}"#)
            let samples = try await metrics()
            func value(_ name: String) -> Double { samples[name] ?? -1 }
            #expect(value("sluice_decisions_total{policy=\"chat\",rule=\"flood\",outcome=\"allowed\"}") == 5)
            #expect(value("sluice_decisions_total{policy=\"chat\",rule=\"flood\",outcome=\"denied\"}") == 2)
            #expect(value("sluice_decisions_total{policy=\"chat\",rule=\"flood\",outcome=\"impossible\"}") == 1)
            #expect(value("sluice_decisions_total{policy=\"busy\",rule=\"slots\",outcome=\"allowed\"}") == 1)
            #expect(value("sluice_rule_use_ratio_count{policy=\"chat\",rule=\"flood\"}") == 5)
            #expect(value("sluice_rule_use_ratio_bucket{policy=\"chat\",rule=\"flood\",le=\"0.25\"}") == 1)
            #expect(value("sluice_leases{policy=\"busy\",rule=\"slots\"}") == 1)
            #expect(value("sluice_leases{policy=\"vip\",rule=\"some\"}") == 0)
            #expect(value("sluice_leases_limit{policy=\"busy\",rule=\"slots\"}") == 2)
            #expect(value("sluice_transport_requests_total{transport=\"http\",status=\"200\"}") == 6)
            #expect(value("sluice_transport_requests_total{transport=\"http\",status=\"429\"}") == 4)
            #expect(value("sluice_transport_requests_total{transport=\"http\",status=\"400\"}") == 1)
            #expect(value("sluice_transport_requests_total{transport=\"http\",status=\"201\"}") == 1)
            #expect(value("sluice_transport_duration_seconds_count{transport=\"http\"}") == 12)
            #expect(value("sluice_policies") == Double(ServerUnderTest.policies.count))
            if engine == .memory {
                #expect(value("sluice_cells{store=\"memory\"}") >= 2)
            } else {
                let store = engine == .redis ? "redis" : "redis-cluster"
                #expect(value("sluice_store_duration_seconds_count{store=\"\(store)\"}") >= 8)
                #expect(value("sluice_decision_duration_seconds_count{store=\"\(store)\"}") >= 8)
                #expect(value("sluice_store_errors_total{store=\"\(store)\",kind=\"timeout\"}") == 0)
                #expect(samples.keys.contains { $0.hasPrefix("sluice_redis_connections{") })
                #expect(samples.contains { $0.key.hasPrefix("sluice_redis_up{") && $0.value == 1 })
                #expect(samples.contains { $0.key.hasPrefix("sluice_redis_memory_bytes{") && $0.value > 0 })
                #expect(value("sluice_cache_requests_total{cache=\"denials\",result=\"hit\"}") >= 1)
            }
        }
    }

    @Test(
        "are written as Prometheus or OpenMetrics wants them, whichever is asked for",
        arguments: EngineUnderTest.allCases)
    func forms(engine: EngineUnderTest) async throws {
        try await ServerUnderTest.run(on: engine) { server in
            _ = try await server.request("POST", "/v1/check", #"{"policy":"odd \"näme\\","descriptor":{"user":"1"}}"#)
            let plain = try await server.request("GET", "/metrics")
            #expect(plain["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(plain.body.contains("# TYPE sluice_decisions_total counter\n"))
            #expect(plain.body.contains(#"{policy="odd \"näme\\",rule="rule \"1\\ é",outcome="allowed"} 1"#))
            let open = try await server.request(
                "GET", "/metrics", fields: ["Accept: application/openmetrics-text; version=1.0.0"])
            #expect(open["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
            #expect(open.body.contains("# TYPE sluice_decisions counter\n") && open.body.hasSuffix("# EOF\n"))
            let linted = try Process.lint(plain.body)
            #expect(linted.status == 0, "\(linted.output)")
            for line in plain.body.split(separator: "\n") where line.hasPrefix("# TYPE") {
                let name = line.split(separator: " ")[2]
                #expect(plain.body.components(separatedBy: "# TYPE \(name) ").count == 2, "\(name) is told twice")
            }
        }
    }

    @Test("of two hundred rules have one series for each of a rule's outcomes, whoever asks")
    func bounded() async throws {
        let policies = (0..<20).map { policy in
            Policy("p\(policy)", rules: (0..<10).map { Rule("r\($0)", by: .user, .tokenBucket(5, per: .seconds(10))) })
        }
        try await ServerUnderTest.run(policies: policies) { server in
            for user in 0..<500 {
                _ = try server.limiter.decide("p\(user % 20)", [.user: "\(user)"], at: server.time.now())
            }
            let names = Self.samples(try await server.request("GET", "/metrics").body).keys
            #expect(names.count { $0.hasPrefix("sluice_decisions_total{") } == 400)
            #expect(names.count < 1_000)
        }
    }
}

extension Process {
    /// What Prometheus's own checker says of a page of metrics.
    static func lint(_ text: String) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["promtool", "check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, said)
    }
}
