import Foundation
import RedisServers
import Testing

/// What a server is told on the command line, in the environment and in its file.
@Suite("Settings")
struct SettingsTests {
    private let scratch: ScratchFolder

    init() throws {
        scratch = try ScratchFolder()
        try scratch.write("a-secret-of-sixteen", to: "secret")
    }

    private struct Known: Decodable {
        var key: String?
        var option: String?
        var variable: String?
        var value: String
        var reload: Bool
    }

    private struct Effective: Decodable {
        var setting: String
        var value: String?
        var layer: String
        var from: String
    }

    private func known() async throws -> [Known] {
        let ending = try await SluiceBinary.run("config", "settings", "--json", in: scratch)
        #expect(ending.status == 0)
        return try JSONDecoder().decode([Known].self, from: Data(ending.output.utf8))
    }

    private func run(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> ChildProcess.Ending {
        try await ChildProcess(SluiceBinary.url, arguments, in: scratch, environment: environment).wait()
    }

    private func effective(
        _ options: [String], _ environment: [String: String] = [:]
    ) async throws -> [String: Effective] {
        let ending = try await run(["serve", "--print-settings", "--json"] + options, environment)
        #expect(ending.status == 0, "\(ending.errors)")
        let all = try JSONDecoder().decode([Effective].self, from: Data(ending.output.utf8))
        return Dictionary(uniqueKeysWithValues: all.map { ($0.setting, $0) })
    }

    /// A value of each setting for the file, the environment and the command line. Those of Redis are in the second,
    /// for they contradict others.
    private static let samples: [[String: [String]]] = [
        [
            "http": ["off", ":9001", "unix:a"], "resp": [":9002", ":9003", ":9004"], "threads": ["1", "2", "3"],
            "snapshot": ["a", "b", "c"], "capacity": ["10", "20", "30"], "admin": ["true", "false", "true"],
            "show-callers": ["true", "false", "true"],
            "log-level": ["error", "debug", "info"], "log-format": ["json", "text", "json"],
            "trusted-proxies": ["10.0.0.0/8", "10.0.0.0/9,10.1.0.0/16", "::/0"],
            "forwarded-header": ["forwarded", "x-real-ip", "x-forwarded-for"], "ipv6-prefix": ["48", "56", "128"],
            "authorize": ["{api: {deny-with: 403}}"], "grpc": ["off", ":9005", ":9006"],
        ],
        [
            "envoy-config": ["ratelimit", "./ratelimit", "././ratelimit"], "users": ["a", "b", "c"],
            "tls-certificate": ["a", "b", "c"], "tls-key": ["a", "b", "c"], "tls-client-ca": ["a", "b", "c"],
            "otlp-endpoint": ["http://a:1", "http://a:2", "https://a:3"], "trace-ratio": ["0", "0.5", "1"],
        ],
        [
            "redis": ["redis://a", "redis://b", "redis://c"], "redis-prefix": ["a", "b", "c"],
            "redis-password-file": ["secret", "./secret", "././secret"], "redis-timeout": ["1s", "2s", "3s"],
            "redis-secret-file": ["secret", "./secret", "././secret"],
        ],
        ["redis-cluster": ["redis://a", "redis://b", "redis://c"]],
    ]

    @Test("are those of the command line, or else of the environment, or else of the file", arguments: 0..<4)
    func layers(_ group: Int) async throws {
        let samples = Self.samples[group]
        let known = try await known()
        #expect(
            Set(known.compactMap { $0.key ?? ($0.option == "--config" ? nil : $0.option) })
                == Set(Self.samples.flatMap(\.keys)), "a setting has no sample here")
        let lines = samples.map { key, values in
            "  \(key): " + (key == "trusted-proxies" ? "[\(values[0])]" : values[0])
        }
        let policies = "policies: {api: {rules: [{name: each, by: [ip], limit: 2 per 1h}]}}"
        let file = (["server:"] + lines + [policies]).joined(separator: "\n") + "\n"
        try scratch.write(file, to: "sluice.yaml")
        try scratch.write("domain: a", to: "ratelimit/a.yaml")
        var options: [String] = []
        var environment = ["SLUICE_CONFIG": "sluice.yaml"]
        for setting in known {
            guard let key = setting.key, let values = samples[key], values.count > 1 else { continue }
            environment[try #require(setting.variable)] = values[1]
            let option = try #require(setting.option)
            options += ["admin", "show-callers"].contains(key) ? [option] : [option, values[2]]
        }
        let all = [
            try await effective(["--config", "sluice.yaml"]), try await effective([], environment),
            try await effective(options, environment),
        ]
        for (key, values) in samples {
            for (index, layer) in ["file", "environment", "command line"].enumerated() where values.count > 1 {
                let setting = try #require(all[index][key])
                #expect(setting.value == values[index] && setting.layer == layer, "\(setting)")
            }
            let line = try #require(lines.firstIndex { $0.hasPrefix("  \(key): ") }) + 2
            #expect(all[0][key]?.from.hasPrefix("sluice.yaml:\(line):") == true)
        }
        #expect(all[0]["config"]?.from == "--config" && all[1]["config"]?.from == "SLUICE_CONFIG")
        #expect(all[0]["authorize"]?.layer == (group == 0 ? "file" : "default"))
    }

    @Test("are all that the help of serve tells, and it tells all of them")
    func help() async throws {
        let help = try await run(["serve", "--help"]).output
        let told = Set(help.matches(of: /(?m)^  (--[a-z0-9-]+)/).map { String($0.1) })
        let others: Set = ["--print-settings", "--json", "--version"]
        #expect(told.subtracting(others) == Set(try await known().compactMap(\.option)))
        #expect(told.isSuperset(of: others))
    }

    @Test("stand in the documents as they are listed")
    func document() async throws {
        let text = try String(
            contentsOf: Repository.root.appendingPathComponent("docs/settings.md"), encoding: .utf8)
        let table = try await run(["config", "settings", "--markdown"]).output
        #expect(table.contains("SLUICE_HTTP"))
        #expect(text.contains(table), "put what 'sluice config settings --markdown' prints into docs/settings.md")
    }

    @Test("are listed in columns, without colours where nobody looks")
    func table() async throws {
        let lines = try await run(["config", "settings"]).output.split(separator: "\n")
        #expect(lines.count == (try await known().count) + 1)
        #expect(!lines.joined().contains("\u{1b}"))
        let columns = lines.map { line in line.firstRange(of: /SLUICE_|VARIABLE/)?.lowerBound.utf16Offset(in: line) }
        #expect(Set(columns.compactMap(\.self)).count == 1)
    }

    @Test(
        "that are wrong end a start with 2, and each says where it was",
        arguments: [
            (["SLUICE_HTPP": "127.0.0.1:1"], "SLUICE_HTPP: there is no such setting (did you mean 'SLUICE_HTTP'?)"),
            (["SLUICE_THREADS": "0"], "SLUICE_THREADS: '0' is not a whole number from 1 to 1024"),
            (["SLUICE_ADMIN": "yes"], "SLUICE_ADMIN: 'yes' is not true or false (did you mean 'true'?)"),
            (["SLUICE_CONFIG": "absent.yaml"], "absent.yaml: error: cannot read the policy file: no such file"),
            (["SLUICE_REDIS_TIMEOUT": "1s"], "SLUICE_REDIS_TIMEOUT: it says how Redis is used"),
            (
                ["SLUICE_REDIS": "redis://a", "SLUICE_REDIS_CLUSTER": "redis://b"],
                "SLUICE_REDIS: 'redis' is one server and 'redis-cluster' (SLUICE_REDIS_CLUSTER) several"
            ),
            (["SLUICE_CONFIG": "threads.yaml"], "threads.yaml:1:19: error: '0' is not a whole number from 1 to 1024"),
            (["SLUICE_CONFIG": "key.yaml"], "unknown key 'htpp' in 'server' (did you mean 'http'?)"),
            (["SLUICE_CONFIG": "prefix.yaml"], "prefix.yaml:1:24: it says how Redis is used"),
        ])
    func wrong(_ environment: [String: String], _ message: String) async throws {
        for (name, server) in [("threads", "threads: 0"), ("key", "htpp: a"), ("prefix", "redis-prefix: a")] {
            let policies = "policies: {api: {rules: [{name: each, by: [ip], limit: 2 per 1h}]}}"
            try scratch.write("server: {\(server)}\n\(policies)\n", to: "\(name).yaml")
        }
        let ending = try await run(["serve"], environment)
        #expect(ending.status == 2)
        #expect(ending.output.isEmpty)
        #expect(ending.errors.contains(message), "\(ending.errors)")
    }

    @Test("that are wrong are told together")
    func together() async throws {
        let ending = try await run(
            ["serve", "--resp", "nonsense"], ["SLUICE_HTPP": "a", "SLUICE_THREADS": "0", "SLUICE_LOG_LEVEL": ""])
        #expect(ending.status == 2)
        for place in ["SLUICE_HTPP: ", "--resp: ", "SLUICE_THREADS: "] { #expect(ending.errors.contains(place)) }
        #expect(!ending.errors.contains("SLUICE_LOG_LEVEL"))
    }

    @Test("come from the environment alone, beside what Kubernetes sets for a service called sluice")
    func environmentAlone() async throws {
        let environment = [
            "SLUICE_HTTP": "127.0.0.1:0", "SLUICE_GRPC": "off", "SLUICE_RESP": "off", "SLUICE_ADMIN": "true",
            "SLUICE_PORT": "tcp://10.0.0.11:8080", "SLUICE_SERVICE_HOST": "10.0.0.11", "SLUICE_SERVICE_PORT": "8080",
            "SLUICE_SERVICE_PORT_HTTP": "8080", "SLUICE_PORT_8080_TCP": "tcp://10.0.0.11:8080",
            "SLUICE_PORT_8080_TCP_ADDR": "10.0.0.11", "SLUICE_PORT_8080_TCP_PROTO": "tcp",
            "SLUICE_PORT_8080_TCP_PORT": "8080", "SLUICE_REDIS_PORT": "tcp://10.0.0.12:6379",
        ]
        let server = try await RunningServer(in: scratch, environment: environment)
        #expect(server.readyLine.wholeMatch(of: /ready http=127\.0\.0\.1:\d+/) != nil)
        let url = "http://127.0.0.1:\(try server.port(of: "http"))/v1/policies/reload"
        let reload = try await ChildProcess.run(
            ["curl", "-s", "-o", "answer", "-w", "%{http_code}", "-X", "POST", url], in: scratch)
        // It may ask, but there is no file.
        #expect(reload.output == "409")
        #expect(try await server.stop().status == 0)
    }

    @Test("that a reload cannot apply are told once, by name; the others are in force, as their layers say")
    func reload() async throws {
        func write(_ threads: Int, header: String, limit: Int) throws {
            try scratch.write(
                """
                server: {threads: \(threads), forwarded-header: \(header), trusted-proxies: [10.0.0.0/8]}
                policies: {api: {rules: [{name: each, by: [ip], limit: \(limit) per 1h}]}}

                """, to: "sluice.yaml")
        }
        try write(1, header: "x-forwarded-for", limit: 1)
        let environment = [
            "SLUICE_HTTP": "127.0.0.1:0", "SLUICE_GRPC": "off", "SLUICE_RESP": "off", "SLUICE_ADMIN": "true",
            "SLUICE_CONFIG": "sluice.yaml", "SLUICE_TRUSTED_PROXIES": "127.0.0.1",
        ]
        let server = try await RunningServer(in: scratch, environment: environment)
        let base = "http://127.0.0.1:\(try server.port(of: "http"))"
        func status(_ field: String) async throws -> String {
            let call = ["curl", "-s", "-o", "answer", "-w", "%{http_code}", "-H", field, "\(base)/v1/authorize/api"]
            return try await ChildProcess.run(call, in: scratch).output
        }
        #expect(try await status("X-Forwarded-For: 192.0.2.1") == "200")
        #expect(try await status("X-Forwarded-For: 192.0.2.1") == "429")
        for limit in [1, 2] {
            try write(2, header: "x-real-ip", limit: limit)
            let call = ["curl", "-sf", "-X", "POST", "\(base)/v1/policies/reload"]
            #expect(try await ChildProcess.run(call, in: scratch).status == 0)
        }
        // The variable overrules the file still, so this machine's word is taken; by the header that the file has now.
        #expect(try await status("X-Real-IP: 192.0.2.2") == "200")
        #expect(try await status("X-Forwarded-For: 192.0.2.3") == "200")
        #expect(try await status("X-Forwarded-For: 192.0.2.4") == "200")
        #expect(try await status("X-Forwarded-For: 192.0.2.5") == "429")
        let ending = try await server.stop()
        #expect(ending.status == 0)
        let warnings = ending.errors.split(separator: "\n").filter { $0.contains("after a restart: threads") }
        #expect(warnings.count == 1, "\(ending.errors)")
    }

    @Test("that are secret are printed nowhere")
    func secrets() async throws {
        let secret = "hunter2-never-shown"
        try await RedisServer.during(password: secret) { redis in
            let port = redis.port
            try scratch.write("\(secret)\n", to: "password")
            let policies = "policies: {api: {rules: [{name: each, by: [ip], limit: 2 per 1h}]}}"
            let url = "redis://:\(secret)@127.0.0.1:\(port)"
            try scratch.write("server: {redis: '\(url)'}\n\(policies)\n", to: "url.yaml")
            try scratch.write("server: {redis: '\(url)', threads: 0}\n\(policies)\n", to: "wrong.yaml")
            let access = ["CONFIG_ACCESS_LOG_FILE": scratch.url.appendingPathComponent("access.log").path]
            var printed: [String] = []
            for (arguments, environment) in [
                (["serve", "--print-settings", "--redis", url], access),
                (["serve", "--print-settings", "--json", "--config", "url.yaml"], access),
                (["serve", "--print-settings"], ["SLUICE_REDIS_CLUSTER": url]),
                (["serve", "--redis", url, "--redis-cluster", url], [:]), (["serve", "--redis", "\(url)x"], [:]),
                (["serve", "--config", "wrong.yaml"], [:]), (["config", "check", "wrong.yaml"], [:]),
                (["config", "print", "url.yaml"], [:]), (["config", "print", "--json", "url.yaml"], [:]),
                (["serve", "--config", "url.yaml", "--redis-password-file", "password"], [:]),
                (["serve", url], [:]), (["serve"], ["SLUICE_REDSI": url]), (["serve"], ["SLUICE_THREADS": url]),
            ] as [([String], [String: String])] {
                let ending = try await run(arguments, environment)
                printed += [ending.output, ending.errors]
            }
            printed.append(
                try String(contentsOf: scratch.url.appendingPathComponent("access.log"), encoding: .utf8))
            let server = try await RunningServer(
                ["--redis", "redis://127.0.0.1:\(port)", "--redis-password-file", "password", "--log-level", "trace"],
                in: scratch)
            let ready = "http://127.0.0.1:\(try server.port(of: "http"))/readyz"
            let readiness = try await ChildProcess.run(["curl", "-s", ready], in: scratch)
            #expect(readiness.output == "ready\n", "the password of the file was not used")
            let ending = try await server.stop()
            printed += [server.readyLine, ending.output, ending.errors]
            for text in printed { #expect(!text.contains("hunter2"), "\(text)") }
            #expect(printed[0].contains("redis://***@127.0.0.1:\(port)"))
            #expect(printed.contains { $0.contains("holds a password already") })
        }
    }
}
