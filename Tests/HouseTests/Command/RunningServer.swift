import Foundation
import Synchronization

/// A `sluice serve` that a test started on free ports.
final class RunningServer: Sendable {
    /// The line it printed when everything listened.
    let readyLine: String
    private let process: ChildProcess

    struct NotReady: Error, CustomStringConvertible {
        var description: String
    }

    /// Starts a server and returns once it has said that it is ready.
    /// - Parameter environment: Variables for it; with any, what says where it listens is up to them.
    init(
        _ arguments: [String] = [], in scratch: ScratchFolder, environment: [String: String] = [:]
    ) async throws {
        let pipe = Pipe()
        let addresses =
            environment.isEmpty ? ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--resp", "127.0.0.1:0"] : []
        process = try ChildProcess(
            SluiceBinary.url, ["serve"] + addresses + arguments, in: scratch, output: pipe, environment: environment,
            within: .seconds(900))
        readyLine = await Self.firstLine(of: pipe.fileHandleForReading)
        guard readyLine.hasPrefix("ready ") else {
            throw NotReady(description: "printed '\(readyLine)' and '\(try process.errors())'")
        }
    }

    /// The port of a transport.
    func port(of transport: String) throws -> String {
        for word in readyLine.split(separator: " ") where word.hasPrefix("\(transport)=") {
            if let port = word.split(separator: ":").last { return String(port) }
        }
        throw NotReady(description: "no \(transport) in '\(readyLine)'")
    }

    /// Sends a signal and returns how the server ended.
    func stop(by signal: Int32 = SIGTERM) async throws -> ChildProcess.Ending {
        process.signal(signal)
        return try await process.wait()
    }

    /// Sends a signal.
    func signal(_ signal: Int32) { process.signal(signal) }

    /// What the server has written to its log.
    func log() throws -> String { try process.errors() }

    /// Reads on in the background for as long as the program writes, so that it never waits for its reader.
    private static func firstLine(of handle: FileHandle) async -> String {
        await withCheckedContinuation { reader in
            Thread.detachNewThread {
                var text = Data()
                var isAnswered = false
                while true {
                    let piece = handle.availableData
                    text.append(piece)
                    let end = text.firstIndex(of: UInt8(ascii: "\n")) ?? (piece.isEmpty ? text.endIndex : nil)
                    if !isAnswered, let end {
                        reader.resume(returning: String(decoding: text[..<end], as: UTF8.self))
                        isAnswered = true
                    }
                    if piece.isEmpty { return }
                }
            }
        }
    }

    /// Runs something with a server that is gone afterwards.
    static func during<Result>(
        _ arguments: String..., in scratch: ScratchFolder, do body: (RunningServer) async throws -> Result
    ) async throws -> Result {
        let server = try await RunningServer(arguments, in: scratch)
        do {
            let result = try await body(server)
            _ = try await server.stop(by: SIGKILL)
            return result
        } catch {
            _ = try await server.stop(by: SIGKILL)
            throw error
        }
    }
}
