import Foundation
import RedisServers
import Sluice
import SluiceServer

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A server of a policy file, in a process of its own on a free port of the loopback interface.
struct ServedFile {
    private static let patience = Duration.seconds(60)

    private let process: ServerProcess
    private let client: DecisionClient
    /// From before the process began until the answer to the first question, in nanoseconds.
    let coldStart: Double

    /// Starts a server and asks it for a decision as soon as it says where it listens.
    init(_ file: PolicyFileScene, program: String) async throws {
        let begin = ContinuousClock.now
        process = try await ServerProcess.start(
            Self.withoutSettings + [program, "serve", "--config", file.path, "--http", "127.0.0.1:0"]
                + ["--grpc", "off", "--resp", "off"], logFile: "\(file.folder)/log")
        do {
            client = try await DecisionClient(server: Self.address(of: process))
            _ = try await client.ask(Self.question(charges: true))
            coldStart = (ContinuousClock.now - begin) / .nanoseconds(1)
        } catch {
            await process.end()
            throw error
        }
    }

    func end() async { await process.end() }

    /// Replaces the file, and asks until the server decides by it: nanoseconds from the signal to that answer.
    func reload(_ file: PolicyFileScene, _ numbers: PolicyFileScene.Numbers) async throws -> Double {
        // A server hears of signals a little later than of questions.
        await rest(.milliseconds(100))
        try file.write(numbers)
        let begin = ContinuousClock.now
        process.signal(SIGHUP)
        while try await limit() != numbers.rawValue {
            guard ContinuousClock.now - begin < Self.patience else {
                throw BenchError("the server decides by the old file \(Self.patience) after SIGHUP: \(process.log)")
            }
        }
        return (ContinuousClock.now - begin) / .nanoseconds(1)
    }

    /// The limit that a look at a caller tells of.
    private func limit() async throws -> Int64 {
        let answer = try await client.ask(Self.question(charges: false))
        guard let name = answer.range(of: "\"limit\":"),
            let limit = Int64(answer[name.upperBound...].prefix { $0.isNumber })
        else { throw BenchError("the server told of no limit: \(answer)") }
        return limit
    }

    private static func question(charges: Bool) -> DecisionQuery {
        DecisionQuery(policy: PolicyFileScene.asked, descriptor: Descriptor.user("a"), charges: charges)
    }

    /// Where HTTP is, once the server says so.
    private static func address(of process: ServerProcess) async throws -> String {
        let begin = ContinuousClock.now
        while true {
            let log = process.log
            if let line = log.split(separator: "\n").first(where: { $0.hasPrefix("ready http=") }) {
                return String(line.dropFirst("ready http=".count).prefix { $0 != " " })
            }
            guard process.isRunning, ContinuousClock.now - begin < patience else {
                throw BenchError("the server does not say that it is ready: \(log)")
            }
            await rest(.microseconds(500))
        }
    }

    /// What this process's environment says of settings is meant for another server.
    private static var withoutSettings: [String] {
        let names = ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix(Setting.variablePrefix) }
        return ["env"] + names.sorted().flatMap { ["-u", $0] }
    }
}
