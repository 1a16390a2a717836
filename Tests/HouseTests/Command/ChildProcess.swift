import Foundation
import Synchronization

/// A program that a test starts: what it prints goes to files, and when its time is up it is killed.
final class ChildProcess: Sendable {
    /// How a program ended and what it printed.
    struct Ending: Sendable {
        /// The exit code, or minus the number of the signal that ended it.
        var status: Int32
        var output: String
        var errors: String
    }

    private struct State {
        var status: Int32?
        var waiters: [CheckedContinuation<Int32, Never>] = []
    }

    private let process: Process
    private let state = Mutex(State())
    private let outputFile: URL
    private let errorFile: URL

    /// Starts a program.
    /// - Parameters:
    ///   - output: where its standard output goes; a file of the scratch folder by default.
    init(
        _ executable: URL, _ arguments: [String], in scratch: ScratchFolder, input: URL? = nil,
        output: Pipe? = nil, environment: [String: String] = [:], within limit: Duration = .seconds(60)
    ) throws {
        process = Process()
        (outputFile, errorFile) = (scratch.newFile(), scratch.newFile())
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = scratch.url
        // What is set for the tests themselves is none of a server's settings.
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SLUICE_") }
            .merging(environment) { $1 }
        process.standardInput = try input.map(FileHandle.init(forReadingFrom:)) ?? FileHandle.nullDevice
        let written = try FileHandle(forWritingTo: outputFile)
        let complaints = try FileHandle(forWritingTo: errorFile)
        if let output { process.standardOutput = output } else { process.standardOutput = written }
        process.standardError = complaints
        process.terminationHandler = { [weak self] process in
            let wasKilled = process.terminationReason == .uncaughtSignal
            self?.ended(wasKilled ? -process.terminationStatus : process.terminationStatus)
        }
        try process.run()
        try written.close()
        try complaints.close()
        let identifier = process.processIdentifier
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Int(limit.components.seconds))) { [weak self] in
            guard let self, state.withLock({ $0.status == nil }) else { return }
            kill(identifier, SIGKILL)
        }
    }

    deinit {
        if state.withLock({ $0.status == nil }) { kill(process.processIdentifier, SIGKILL) }
    }

    private func ended(_ status: Int32) {
        let waiters = state.withLock { state in
            state.status = status
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }

    /// Sends a signal.
    func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Returns once the program has ended.
    func wait() async throws -> Ending {
        let status = await withCheckedContinuation { waiter in
            let known: Int32? = state.withLock { state in
                if state.status == nil { state.waiters.append(waiter) }
                return state.status
            }
            if let known { waiter.resume(returning: known) }
        }
        return Ending(status: status, output: try String(contentsOf: outputFile, encoding: .utf8), errors: try errors())
    }

    /// What it has printed on standard error.
    func errors() throws -> String { try String(contentsOf: errorFile, encoding: .utf8) }

    /// Runs a program, found along `PATH`, to its end.
    static func run(
        _ command: [String], in scratch: ScratchFolder, input: URL? = nil, environment: [String: String] = [:],
        within limit: Duration = .seconds(60)
    ) async throws -> Ending {
        try await ChildProcess(
            URL(fileURLWithPath: "/usr/bin/env"), command, in: scratch, input: input, environment: environment,
            within: limit
        ).wait()
    }
}
