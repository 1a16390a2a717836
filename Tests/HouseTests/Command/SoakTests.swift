import Foundation
import RedisServers
import Testing

/// Mixed load while policies are replaced each second, hostile clients misbehave and nodes of a cluster die: no limit
/// is exceeded, every request is answered, memory is flat, and everything is given back.
@Suite("A server under mixed load", .serialized)
struct SoakTests {
    /// How long, in seconds; an hour is for machines that have the time.
    private static func seconds(_ usual: Int) -> Int {
        ProcessInfo.processInfo.environment["SOAK_SECONDS"].flatMap { Int($0) } ?? usual
    }

    private func soak(_ arguments: [String], within limit: Duration) async throws {
        let script = Repository.root.appendingPathComponent("Scripts/soak").path
        let ending = try await ChildProcess.run(
            ["python3", script] + arguments, in: try ScratchFolder(), within: limit)
        #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
        print(ending.output)
    }

    private func soak(on store: String, for seconds: Int) async throws {
        var arguments = ["--sluice", SluiceBinary.url.path, "--store", store, "--seconds", "\(seconds)"]
        #if GRPC
        arguments.append("--grpc")
        #endif
        // A round of faults is never cut short, and on a busy machine it takes its time.
        try await soak(arguments, within: .seconds(seconds + 900))
    }

    @Test("is checked by checks each of which can fail")
    func checks() async throws {
        try await soak(["--self-test"], within: .seconds(120))
    }

    @Test("in memory holds its limits, answers everybody, does not grow and gives everything back")
    func memory() async throws {
        try await soak(on: "memory", for: Self.seconds(15))
    }

    @Test("on a cluster whose nodes die holds its limits, answers everybody, does not grow and gives everything back")
    func cluster() async throws {
        try await soak(on: "cluster", for: Self.seconds(40))
    }
}
