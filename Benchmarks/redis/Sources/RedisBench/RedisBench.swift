import Foundation

/// What `compare.py` runs: one measurement, told as one line of JSON.
@main
struct RedisBench {
    static let usage = """
        usage: redis-bench MODE [--redis URL | --cluster URL] [--policy NAME] [--keys N] [--decisions N] [--tasks N]
                           [--lanes N] [--per-call N] [--in-flight N] [--timeout MILLISECONDS]

          rate     decisions by many tasks at once, over all keys in a scattered order
          users    so many tasks at once, each for a key of its own, and how long each decision takes them
          latency  one decision at a time, in turn with one GET at a time
          flood    denied decisions on one key, in turn with those of a limiter in memory

        Without a server the limiter is in memory. Policies: \(Scene.allCases.map(\.rawValue).joined(separator: ", ")).
        """

    static func main() async throws {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            let line = try await options.mode.measure(options, encoder)
            print(String(decoding: line, as: UTF8.self))
        } catch let error as Options.Fault {
            FileHandle.standardError.write(Data("redis-bench: \(error.message)\n\(usage)\n".utf8))
            exit(2)
        }
    }
}

extension Options.Mode {
    fileprivate func measure(_ options: Options, _ encoder: JSONEncoder) async throws -> Data {
        switch self {
        case .rate: try encoder.encode(try await RateRun(options).run())
        case .users: try encoder.encode(try await UsersRun(options).run())
        case .latency: try encoder.encode(try await LatencyRun(options).run())
        case .flood: try encoder.encode(try await FloodRun(options).run())
        }
    }
}
