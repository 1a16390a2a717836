import Foundation

/// Measures `SluiceCache`: hit rates, what a hit takes, and a stampede.
@main
struct Caches {
    static func main() async throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        func take(_ option: String) -> String? {
            guard let place = arguments.firstIndex(of: option), place + 1 < arguments.count else { return nil }
            defer { arguments.removeSubrange(place...(place + 1)) }
            return arguments[place + 1]
        }
        let rounds = take("--rounds").flatMap { Int($0) } ?? 9
        var traces: [Trace] = []
        if let file = take("--apache") { traces += try Trace.apache(file) }
        if let file = take("--chat") { traces += try Trace.chat(file) }
        guard arguments.isEmpty else {
            FileHandle.standardError.write(Data("usage: Caches [--apache FILE] [--chat FILE] [--rounds N]\n".utf8))
            exit(2)
        }
        traces += [
            .zipf(0.9, keys: 10_000, length: 200_000),
            .scans(keys: 5_000, length: 200_000, scan: 2_000, every: 10_000),
            .loop(keys: 1_200, length: 100_000),
        ]
        HitSuite.run(traces)
        try await LatencySuite.run(rounds: rounds)
        try await StampedeSuite.run(rounds: rounds)
    }
}
