import Foundation
import Synchronization

/// A program that a test needs and that lives no longer than the test process, whatever ends that.
package final class ServerProcess: Sendable {
    /// Why a program did not start or ended too early.
    package struct Failure: Error, CustomStringConvertible {
        package var description: String

        package init(description: String) { self.description = description }
    }

    private struct State {
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// The number by which the system knows it.
    package let identifier: Int32
    /// The file that takes what it prints.
    package let logFile: String
    private let state: Watched

    /// What the thread that watches the program shares with the others.
    private final class Watched: Sendable {
        let state = Mutex(State())

        func ended() {
            let waiters = state.withLock { state in
                state.hasEnded = true
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
    }

    private init(identifier: Int32, logFile: String, state: Watched) {
        (self.identifier, self.logFile, self.state) = (identifier, logFile, state)
    }

    /// Starts a program that is found along `PATH`.
    package static func start(_ command: [String], logFile: String) async throws -> ServerProcess {
        let watched = Watched()
        let identifier = try await withCheckedThrowingContinuation { starter in
            // Linux ends a child with the *thread* that started it, so each child has a thread that outlives it.
            Thread.detachNewThread { watch(command, logFile, watched, starter) }
        }
        return ServerProcess(identifier: identifier, logFile: logFile, state: watched)
    }

    private static func watch(
        _ command: [String], _ logFile: String, _ watched: Watched, _ starter: CheckedContinuation<Int32, any Error>
    ) {
        let identifier: Int32
        do {
            identifier = try SpawnedProgram.start(endsWithParent + command, logFile: logFile)
        } catch {
            return starter.resume(throwing: error)
        }
        StartedProcesses.add(identifier)
        starter.resume(returning: identifier)
        SpawnedProgram.waitForEnd(of: identifier)
        StartedProcesses.remove(identifier)
        watched.ended()
    }

    /// The kernel ends a child whose parent was killed; elsewhere only an orderly exit does: see `StartedProcesses`.
    private static var endsWithParent: [String] {
        #if os(Linux)
        ["setpriv", "--pdeathsig", "KILL"]
        #else
        []
        #endif
    }

    /// Whether it has not ended yet.
    package var isRunning: Bool { state.state.withLock { !$0.hasEnded } }

    /// What it has printed.
    package var log: String { (try? String(contentsOfFile: logFile, encoding: .utf8)) ?? "" }

    /// Sends a signal, unless it has ended.
    package func signal(_ signal: Int32) {
        state.state.withLock { state in
            guard !state.hasEnded else { return }
            _ = kill(identifier, signal)
        }
    }

    /// Ends it at once and returns when it is gone.
    package func end() async {
        signal(SIGKILL)
        await waitUntilEnded()
    }

    /// Returns when it has ended.
    package func waitUntilEnded() async {
        await withCheckedContinuation { waiter in
            let hasEnded = state.state.withLock { state in
                if !state.hasEnded { state.waiters.append(waiter) }
                return state.hasEnded
            }
            if hasEnded { waiter.resume() }
        }
    }
}
