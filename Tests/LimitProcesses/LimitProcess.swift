import Foundation
import RedisServers

/// Processes of their own that share a limit: `RedisLimitProcess`, which is built with the tests.
package enum LimitProcess {
    /// Runs one process for each order, all at once, and returns what came of all of them together.
    package static func run(_ orders: [LimitOrder]) async throws -> LimitOutcome {
        let folder = try StartedProcesses.makeFolder()
        defer { StartedProcesses.removeFolder(folder) }
        return try await withThrowingTaskGroup(of: LimitOutcome.self) { group in
            for (index, order) in orders.enumerated() {
                var order = order
                order.outcomeFile = "\(folder)/\(index).json"
                group.addTask { [order] in try await run(order) }
            }
            return try await group.reduce(into: LimitOutcome()) { $0.add($1) }
        }
    }

    private static func run(_ order: LimitOrder) async throws -> LimitOutcome {
        let argument = String(decoding: try JSONEncoder().encode(order), as: UTF8.self)
        let process = try await ServerProcess.start([executable, argument], logFile: order.outcomeFile + ".log")
        await process.waitUntilEnded()
        guard let outcome = FileManager.default.contents(atPath: order.outcomeFile) else {
            throw ServerProcess.Failure(description: "a limit process left no outcome: \(process.log)")
        }
        return try JSONDecoder().decode(LimitOutcome.self, from: outcome)
    }

    /// It lies beside the test bundle.
    private static let executable: String = {
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("RedisLimitProcess").path
    }()
}
