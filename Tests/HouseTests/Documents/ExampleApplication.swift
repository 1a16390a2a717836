import Foundation
import RedisServers

/// An application of `Examples`, as it was built together with these tests.
final class ExampleApplication {
    /// Where it listens.
    let port: Int
    private let process: ChildProcess

    /// Starts an executable target and returns once it listens on the port that it is told in `PORT`.
    init(_ target: String, in scratch: ScratchFolder) async throws {
        port = try await FreePort.find()
        process = try ChildProcess(
            SluiceBinary.folder.appendingPathComponent(target), [], in: scratch, environment: ["PORT": "\(port)"],
            within: .seconds(180))
        let knock = "(: </dev/tcp/127.0.0.1/\(port)) 2>/dev/null"
        let probe = "for i in $(seq 600); do \(knock) && exit; sleep 0.05; done; exit 1"
        guard try await ChildProcess.run(["bash", "-c", probe], in: scratch).status == 0 else {
            throw DocumentRun.Failure(description: "\(target) does not listen: \(try process.errors())")
        }
    }

    /// Ends it.
    func stop() async throws {
        process.signal(SIGKILL)
        _ = try await process.wait()
    }
}
