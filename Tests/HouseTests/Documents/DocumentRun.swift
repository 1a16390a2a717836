import Foundation
import RedisServers

/// Runs the blocks of one document one after the other, as its reader would.
///
/// The blocks share a folder, in which lie a policy file and logs such as a reader has (``ReaderFiles``), and a server
/// once one is needed. What a block is besides its language says
/// a comment right above it:
///
/// | comment | meaning |
/// |---|---|
/// | `<!-- test: start -->` | its last line starts a server or an example, which stays for the blocks that follow |
/// | `<!-- test: server -->` | talks to a server on the default ports; without a started one, to one with the sample |
/// | `<!-- test: proxy -->` | talks to the proxy that the configuration before it started, on port 8000 |
/// | `<!-- test: envoy -->` | is how Envoy is configured, which is such a proxy |
/// | `<!-- test: without server -->` | happens after the server was killed |
/// | `<!-- test: redis -->` | talks to a redis-server on its default port |
/// | `<!-- test: redis.conf -->` | is how the redis-server of the blocks that follow is configured |
/// | `<!-- test: dry -->` | lines of `make`, of which only the existence is checked: they build for minutes |
/// | `<!-- test: exit N -->` | ends with that exit code |
/// | `<!-- test: output -->` | what the block before it printed |
/// | `<!-- test: file NAME -->` | is a file that the blocks that follow use |
/// | `<!-- test: same PATH -->` | is what stands in that file of the repository |
/// | `<!-- test: continues -->` | Swift that goes on from the Swift before it |
final class DocumentRun {
    let document: MarkdownDocument
    let scratch: ScratchFolder
    private var server: RunningServer?
    private var example: ExampleApplication?
    private var redis: RedisServer?
    private var proxy: DocumentProxy?
    private var printed: String?
    private var swift = ""

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    init(_ document: MarkdownDocument) throws {
        self.document = document
        scratch = try ScratchFolder()
        try ReaderFiles.write(to: scratch)
    }

    /// Runs one block and throws what is wrong with it.
    func run(_ block: MarkdownDocument.Block) async throws {
        if block.has("without server") { try await stopServer() }
        if let name = block.argument(of: "file") { try scratch.write(try await withPorts(block), to: name) }
        if block.has("output") { return try compareOutput(block) }
        if let path = block.argument(of: "same") { return try compareFile(block, path) }
        switch block.language {
        case "sh": try await runShell(block)
        case "python": try await runPython(block)
        case "swift": try await compileSwift(block)
        case "yaml" where block.has("envoy"): try await startProxy(block, kind: "envoy")
        case "yaml" where block.argument(of: "file")?.hasPrefix("ratelimit/") == true: break
        case "yaml": try await checkPolicies(block)
        case "json": try checkJSON(block)
        case "nginx", "caddy", "haproxy": try await startProxy(block, kind: block.language)
        case "lua" where block.argument(of: "file") != nil: break
        case "text" where block.has("redis.conf"): try await startRedis(block.text)
        case "text", "http", "csv": break
        default: throw Failure(description: "nothing checks blocks of '\(block.language)'")
        }
    }

    /// Stops the servers that were started.
    func finish() async throws {
        try await stopServer()
        try await proxy?.stop()
        proxy = nil
        await redis?.stop()
        redis = nil
    }

    private func stopServer() async throws {
        try await example?.stop()
        example = nil
        _ = try await server?.stop(by: SIGKILL)
        server = nil
    }

    private var environment: [String: String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return [
            "PATH": "\(SluiceBinary.folder.path):\(Repository.root.path)/.build/venv/bin:\(path)",
            "REPOSITORY": Repository.root.path,
        ]
    }

    // MARK: Shell

    private func runShell(_ block: MarkdownDocument.Block) async throws {
        if block.has("dry") { return try await checkMake(block.text) }
        if block.has("start") { return try await start(try await withPorts(block)) }
        try await finish("bash", "sh", block)
    }

    private func runPython(_ block: MarkdownDocument.Block) async throws { try await finish("python3", "py", block) }

    /// Runs a block as a script to its end.
    private func finish(_ interpreter: String, _ suffix: String, _ block: MarkdownDocument.Block) async throws {
        let text = try await withPorts(block)
        let script = try scratch.write((suffix == "sh" ? "set -eo pipefail\n" : "") + text, to: ".block.\(suffix)")
        let expected = block.argument(of: "exit").flatMap { Int32($0) } ?? 0
        let ending = try await ChildProcess.run([interpreter, script.path], in: scratch, environment: environment)
        printed = ending.output
        guard ending.status == expected else {
            throw Failure(
                description: "ended with \(ending.status), not \(expected): \(ending.output)\(ending.errors)")
        }
    }

    private func checkMake(_ text: String) async throws {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard line == "make" || line.hasPrefix("make ") else {
                throw Failure(description: "only make can be tried dry, not '\(line)'")
            }
            let ending = try await ChildProcess.run(
                ["bash", "-c", "cd \"$REPOSITORY\" && make --dry-run" + line.dropFirst(4)], in: scratch,
                environment: environment)
            guard ending.status == 0 else { throw Failure(description: "'\(line)': \(ending.errors)") }
        }
    }

    // MARK: Servers

    /// Starts what the last line starts, in the debug build and on free ports.
    private func start(_ text: String) async throws {
        let words = text.split(separator: "\n").last?.split(separator: " ").map(String.init) ?? []
        if words.starts(with: ["swift", "run", "--package-path"]), let target = words.last {
            try await stopServer()
            example = try await ExampleApplication(target, in: scratch)
            return
        } else if words.first == "make" {
            try await checkMake(text)
        } else {
            guard words.starts(with: ["sluice", "serve"]) else {
                throw Failure(description: "starts no server: \(text)")
            }
        }
        try await stopServer()
        server = try await RunningServer(Array(words.dropFirst(2)).filter { $0 != "&" }, in: scratch)
    }

    private func startRedis(_ lines: String = "") async throws {
        await redis?.stop()
        redis = try await RedisServer.start(options: lines.split(separator: "\n").map(String.init))
    }

    /// Starts a proxy with this configuration, and the application behind it.
    private func startProxy(_ block: MarkdownDocument.Block, kind: String) async throws {
        try await proxy?.stop()
        proxy = try await DocumentProxy(in: scratch)
        try await proxy?.start(kind, try await withPorts(block), environment: environment)
    }

    /// The text with the ports of the running servers in place of the default ones.
    private func withPorts(_ block: MarkdownDocument.Block) async throws -> String {
        var ports: [Substring: String] = [:]
        if block.has("server"), let example {
            ports["8080"] = "\(example.port)"
        } else if block.has("server") {
            if server == nil { server = try await RunningServer(in: scratch) }
            ports["8080"] = try server?.port(of: "http")
            ports["8081"] = try server?.port(of: "grpc")
            ports["6380"] = try server?.port(of: "resp")
        }
        if block.has("proxy") {
            if proxy == nil { proxy = try await DocumentProxy(in: scratch) }
            ports["8000"] = proxy.map { "\($0.port)" }
            ports["9000"] = proxy.map { "\($0.applicationPort)" }
        }
        if block.has("redis") {
            if redis == nil { try await startRedis() }
            ports["6379"] = (redis?.port).map(String.init)
        }
        return block.text.replacing(/8080|8081|6380|6379|8000|9000/) { ports[$0.output] ?? String($0.output) }
    }

    private func compareOutput(_ block: MarkdownDocument.Block) throws {
        guard let printed else { throw Failure(description: "no block before it printed anything") }
        guard ExpectedOutput(block.text).matches(printed) else {
            throw Failure(description: "what was printed instead:\n\(printed)")
        }
    }

    private func compareFile(_ block: MarkdownDocument.Block, _ path: String) throws {
        let file = try String(contentsOf: Repository.root.appendingPathComponent(path), encoding: .utf8)
        guard file == block.text else { throw Failure(description: "is not what stands in \(path)") }
    }

    // MARK: Other languages

    private func compileSwift(_ block: MarkdownDocument.Block) async throws {
        swift = block.has("continues") ? swift + block.text : block.text
        let file = try scratch.write(swift, to: "main.swift")
        let modules = SluiceBinary.folder.appendingPathComponent("Modules").path
        let maps = CModules.mapFiles.flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }
        let ending = try await ChildProcess.run(
            ["swiftc", "-typecheck", "-swift-version", "6", "-I", modules, file.path] + maps, in: scratch,
            within: .seconds(300))
        guard ending.status == 0 else { throw Failure(description: ending.errors) }
    }

    private func checkPolicies(_ block: MarkdownDocument.Block) async throws {
        let file = try scratch.write(block.text, to: ".block.yaml")
        let ending = try await SluiceBinary.run("config", "check", file.path, in: scratch)
        guard ending.status == 0 else { throw Failure(description: ending.output + ending.errors) }
    }

    private func checkJSON(_ block: MarkdownDocument.Block) throws {
        // A block may be one value or one in each line.
        if (try? JSONSerialization.jsonObject(with: Data(block.text.utf8))) != nil { return }
        for line in block.text.split(separator: "\n") {
            _ = try JSONSerialization.jsonObject(with: Data(line.utf8), options: .fragmentsAllowed)
        }
    }
}
