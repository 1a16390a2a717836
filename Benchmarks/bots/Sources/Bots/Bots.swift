import Foundation

/// What `compare.py` runs beside aiogram-sentinel: one measurement, told as one line of JSON.
@main
struct Bots {
    static let usage = """
        usage: Bots memory | redis | redis-users | footprint [--redis URL] [--updates N] [--users N] [--json]

          memory       policy, debounce and throttle around a handler that does nothing, decided in memory
          redis        the same on Redis, one update at a time
          redis-users  the same on Redis, by so many users at once
          footprint    memory for 100,000 users who each sent five messages, and what is left when all has expired
        """

    static func main() async throws {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            let outcome: any Encodable =
                switch options.mode {
                case .memory: try await MemoryRun(options).run()
                case .redis: try await RedisRun(options, users: 1).run()
                case .redisUsers: try await RedisRun(options, users: options.users ?? 1_000).run()
                case .footprint: try await FootprintRun(options).run()
                }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            print(String(decoding: try encoder.encode(outcome), as: UTF8.self))
        } catch let error as Options.Fault {
            FileHandle.standardError.write(Data("Bots: \(error.message)\n\(usage)\n".utf8))
            exit(2)
        }
    }
}
