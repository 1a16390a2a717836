import Foundation
import RedisServers
import Testing

/// Mixed load while policies are replaced each second: no request fails, memory is flat.
@Suite("A server under mixed load")
struct SoakTests {
    /// How long, in seconds; an hour is for machines that have the time.
    private static let seconds = ProcessInfo.processInfo.environment["SOAK_SECONDS"] ?? "60"

    @Test("fails no request while its policies are replaced each second, and its memory does not grow")
    func soak() async throws {
        let script = Repository.root.appendingPathComponent("Scripts/soak.py").path
        var call = ["python3", script, "--sluice", SluiceBinary.url.path, "--seconds", Self.seconds]
        #if GRPC
        call.append("--grpc")
        #endif
        let ending = try await ChildProcess.run(
            call, in: try ScratchFolder(), within: .seconds((Int(Self.seconds) ?? 60) + 240))
        #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
        print(ending.output)
    }
}
