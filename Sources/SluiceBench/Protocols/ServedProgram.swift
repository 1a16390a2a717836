import Foundation
import RedisServers

/// A `sluice serve` in a process of its own, on free ports of the loopback interface.
struct ServedProgram: Sendable {
    /// When it was started.
    let begin: ContinuousClock.Instant
    private let process: ServerProcess
    private let ports: [String: Int]

    /// Runs something with a server that is gone afterwards.
    /// - Parameter policies: The text of its policy file.
    static func during<Result>(
        _ program: String, policies: String, _ body: (ServedProgram) async throws -> Result
    ) async throws -> Result {
        let folder = try StartedProcesses.makeFolder()
        defer { StartedProcesses.removeFolder(folder) }
        let file = folder + "/policies.yaml"
        try Data(policies.utf8).write(to: URL(fileURLWithPath: file))
        let server = try await start([program, "serve", "--config", file, "--log-level", "error"], in: folder)
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.process.end()
            throw error
        }
    }

    /// Starts it on ports for all protocols that it speaks, and waits until it says where it listens.
    private static func start(_ command: [String], in folder: String) async throws -> ServedProgram {
        let addresses = ["http", "resp", "grpc"].map { ["--\($0)", "127.0.0.1:0"] }
        for addresses in [addresses, addresses.dropLast()] {
            let begin = ContinuousClock.now
            let process = try await ServerProcess.start(command + addresses.joined(), logFile: folder + "/log")
            if let ports = await ports(of: process) {
                return ServedProgram(begin: begin, process: process, ports: ports)
            }
            await process.end()
            // A build without gRPC says so and ends.
            guard addresses.count == 3, process.log.contains("no gRPC") else {
                throw BenchError("the server did not start: \(process.log)")
            }
        }
        throw BenchError("the server did not start")
    }

    /// Where it listens, once it says so; `nil` if it ends before, or does not say so for a minute.
    private static func ports(of process: ServerProcess) async -> [String: Int]? {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            let isRunning = process.isRunning
            // The line is there once its end is.
            let lines = process.log.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = lines.first(where: { $0.hasPrefix("ready ") }) { return ports(in: line) }
            guard isRunning else { return nil }
            await rest()
        }
        return nil
    }

    private static func ports(in line: some StringProtocol) -> [String: Int] {
        var ports: [String: Int] = [:]
        for word in line.split(separator: " ") {
            guard let equals = word.firstIndex(of: "="), let port = word.split(separator: ":").last.flatMap({ Int($0) })
            else { continue }
            ports[String(word[..<equals])] = port
        }
        return ports
    }

    /// Where a protocol is spoken: `http`, `resp` or `grpc`; `nil` for one that this build lacks.
    func port(of transport: String) -> Int? { ports[transport] }

    /// `http://127.0.0.1:PORT`
    var url: String { "http://127.0.0.1:\(ports["http"] ?? 0)" }

    /// What it has taken of the machine; `nil` where the system does not tell.
    var usage: ProcessUsage? { ProcessUsage(of: process.identifier) }

    private func stop() async {
        process.signal(SIGTERM)
        let end = ContinuousClock.now + .seconds(15)
        while process.isRunning, ContinuousClock.now < end { await rest() }
        await process.end()
    }
}
