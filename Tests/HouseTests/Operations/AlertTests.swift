import Foundation
import RedisServers
import Testing

@Suite("Alerts and dashboards")
struct AlertTests {
    private static let folder = Repository.root.appendingPathComponent("deploy")

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
    }

    @Test("pass Prometheus's own checks, and fire when they should and not before")
    func unitTests() async throws {
        let scratch = try ScratchFolder()
        let prometheus = Self.folder.appendingPathComponent("prometheus").path
        for command in [
            ["check", "config", "prometheus.yml"], ["test", "rules", "sluice.tests.yml", "sluice.days.tests.yml"],
        ] {
            let ending = try await ChildProcess.run(
                ["sh", "-c", "cd '\(prometheus)' && promtool \(command.joined(separator: " "))"], in: scratch,
                within: .seconds(300))
            #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
        }
    }

    @Test("point at the runbook, which has an entry for each")
    func runbook() throws {
        let rules = try Self.text("prometheus/sluice.rules.yml")
        let document = try String(
            contentsOf: Repository.root.appendingPathComponent("docs/operations.md"), encoding: .utf8)
        let headings = Set(
            document.split(separator: "\n").filter { $0.hasPrefix("#") }
                .map { $0.drop { $0 == "#" || $0 == " " }.lowercased() })
        let alerts = rules.split(separator: "\n").filter { $0.contains("- alert: ") }
            .compactMap { $0.split(separator: " ").last.map(String.init) }
        #expect(alerts.count >= 30 && Set(alerts).count == alerts.count)
        for alert in alerts {
            #expect(headings.contains(alert.lowercased()), "\(alert) has no entry")
            #expect(rules.contains("docs/operations.md#\(alert.lowercased())"), "\(alert) does not point at its entry")
        }
    }

    /// The names of metrics in a text, without what Prometheus adds to histograms.
    private static func metrics(in text: String) -> Set<String> {
        let names = text.matches(of: /\b(?:sluice|process)_[a-z0-9_]+\b(?!:)/).map { String($0.output) }
        return Set(
            names.map { name in
                for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
                    return String(name.dropLast(suffix.count))
                }
                return name
            })
    }

    @Test("speak only of metrics that a server exports")
    func names() async throws {
        let scratch = try ScratchFolder()
        let redis = try await RedisServer.shared()
        var exported: Set<String> = []
        let collector = "http://127.0.0.1:9"
        for options in [["--snapshot", "cells", "--otlp-endpoint", collector], ["--redis", redis.url]] {
            let server = try await RunningServer(options, in: scratch)
            let page = try await Self.page(
                of: server, until: options[0] == "--redis" ? "sluice_redis_up{" : "", scratch)
            for line in page.split(separator: "\n") where line.hasPrefix("# TYPE ") {
                exported.insert(String(line.split(separator: " ")[2]))
            }
            _ = try await server.stop()
        }
        // Only a primary with replicas tells a lag, and only a snapshot that was written has a time.
        exported.formUnion(["sluice_redis_replication_lag_seconds", "sluice_snapshot_last_success_timestamp_seconds"])
        var documents: [String: String] = [:]
        for path in ["prometheus/sluice.rules.yml", "grafana/sluice.json"] { documents[path] = try Self.text(path) }
        for page in ["docs/operations.md", "docs/metrics.md"] {
            documents[page] = try String(contentsOf: Repository.root.appendingPathComponent(page), encoding: .utf8)
        }
        for (path, text) in documents {
            let unknown = Self.metrics(in: text).subtracting(exported).filter { !text.contains("record: \($0)") }
            #expect(unknown.isEmpty, "\(path) speaks of \(unknown.sorted())")
        }
        let told = Self.metrics(in: documents["docs/metrics.md"] ?? "")
        #expect(exported.subtracting(told).isEmpty, "docs/metrics.md lacks \(exported.subtracting(told).sorted())")
    }

    private static func page(of server: RunningServer, until text: String, _ scratch: ScratchFolder) async throws
        -> String
    {
        let url = "http://127.0.0.1:\(try server.port(of: "http"))/metrics"
        for _ in 0..<100 {
            let ending = try await ChildProcess.run(["curl", "-s", url], in: scratch)
            if text.isEmpty || ending.output.contains(text) { return ending.output }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("the page never had \(text)")
        return ""
    }

    @Test("a real Prometheus scrapes a server and fires an alert that is provoked")
    func realPrometheus() async throws {
        let scratch = try ScratchFolder()
        let file = try scratch.write(
            "policies: {p: {rules: [{name: r, by: [user], limit: 5 per 1m}]}}\n", to: "sluice.yaml")
        try await RunningServer.during("--config", file.path, in: scratch) { server in
            // As it is shipped, but quick: intervals of a second, no patience, this server's port.
            let target = "127.0.0.1:\(try server.port(of: "http"))"
            let configuration = try Self.text("prometheus/prometheus.yml")
                .replacing(/_interval: *[0-9a-z]+/, with: "_interval: 1s")
                .replacing(/_timeout: *[0-9a-z]+/, with: "_timeout: 1s")
                .replacing("127.0.0.1:8080", with: target)
            let rules = try Self.text("prometheus/sluice.rules.yml")
                .replacing(/\n( +)(for|keep_firing_for|interval): *[0-9a-z]+/) { "\n\($0.1)\($0.2): 0s" }
                .replacing(/\n +interval: 0s/, with: "")
            try scratch.write(configuration, to: "prometheus.yml")
            try scratch.write(rules, to: "sluice.rules.yml")
            let port = try Self.freePort()
            let prometheus = try ChildProcess(
                URL(fileURLWithPath: "/usr/bin/env"),
                [
                    "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                    "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
                ], in: scratch, within: .seconds(170))
            let ask = { (path: String) in
                try await ChildProcess.run(["curl", "-s", "http://127.0.0.1:\(port)/api/v1/\(path)"], in: scratch)
                    .output
            }
            try await Self.wait(
                for: { try await ask("query?query=sluice_rules").contains("\"1\"]") }, "the first scrape")
            try scratch.write("policies: {p: {rules: [{name: r, by: [user], limt: 5 per 1m}]}}\n", to: "sluice.yaml")
            try await Self.wait(for: { try await ask("alerts").contains("SluiceReloadFailed") }, "the alert")
            prometheus.signal(SIGTERM)
            _ = try await prometheus.wait()
        }
    }

    private static func wait(for condition: () async throws -> Bool, _ what: String) async throws {
        for _ in 0..<300 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        Issue.record("\(what) did not come within a minute")
    }

    /// A port that was free a moment ago: Prometheus takes none by itself.
    private static func freePort() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = bind(socket, address, length)
                _ = getsockname(socket, address, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
    }
}
