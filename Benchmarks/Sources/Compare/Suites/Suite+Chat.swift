import Foundation
import Sluice

extension Suite {
    /// A chat bot's state of 50,000 users against the same in a bot's Python structures.
    static let chat = Suite(name: "chat", title: "50,000 chat users: cooldown, full log of 20 per hour, 2 endpoints") {
        rounds in
        var (memory, pythonMemory) = (Samples(), Samples())
        var (pause, pythonSweep) = (Samples(), Samples())
        var store = Samples()
        for _ in 0..<min(rounds, 5) {
            let bot = try ChatBot(users: 50_000)
            memory.values.append(try Double(ResidentMemory.growth { try bot.fill() }) / 1e6)
            store.values.append(Double(bot.store.bytes) / 1e6)
            pause.values.append(Double(try bot.expire()) / 1e6)
            let python = try TwitchBot.measure(users: 50_000)
            pythonMemory.values.append(python.megabytes)
            pythonSweep.values.append(python.sweepMilliseconds)
        }
        return [
            Finding(
                "resident memory", "MB", memory, against: "Python's dicts and lists", pythonMemory, reach: .figure(8),
                measuredEarlier: "Python 37-48"),
            Finding("  of which slots and chunks in use", "MB", store),
            Finding(
                "longest decision while all of it expires", "ms", pause, against: "Python's sweep", pythonSweep,
                reach: .figure(1), measuredEarlier: "Python 57-104"),
        ]
    }
}

/// The state of a chat bot, on a time line of its own.
private final class ChatBot {
    private let viewers: PolicyHandle
    private let endpoints: PolicyHandle
    let store: MemoryStore
    private let users: Int
    private var now: Timestamp

    init(users: Int) throws {
        let endpoint = DescriptorKey("endpoint")
        let limiter = try Limiter {
            Policy("viewers") {
                Rule("cooldown", by: .user, .cooldown(.seconds(10)))
                Rule("hourly", by: .user, .slidingLog(20, per: .hours(1)))
            }
            Policy("endpoints") { Rule("retry", by: endpoint, .cooldown(.seconds(300))) }
        }
        viewers = try limiter.policy("viewers")
        endpoints = try limiter.policy("endpoints")
        store = limiter.store
        self.users = users
        now = limiter.now()
        _ = try viewers.decide("somebody", at: now)
    }

    /// Lets every user speak until his hour is full, a cooldown apart.
    func fill() throws {
        for _ in 0..<20 {
            now = now + .seconds(11)
            for user in 0..<users where try !viewers.decide("user_\(user)", at: now).isAllowed {
                fatalError("a user was denied before his hour was full")
            }
        }
        for endpoint in ["http://localhost:1234", "https://api.example.org"] {
            _ = try endpoints.decide(endpoint, at: now)
        }
        let next = now + .seconds(11)
        for user in 0..<users where try viewers.decide("user_\(user)", at: next).isAllowed {
            fatalError("a user's hour was not full")
        }
        precondition(store.count >= 2 * users, "a user was forgotten")
    }

    /// Goes on with other users an hour later until the first ones' cells are gone.
    /// - Returns: The longest decision in nanoseconds.
    func expire() throws -> Int64 {
        let clock = TimeSource.system
        now = now + .hours(2)
        var longest: Int64 = 0
        for user in 0..<4 * users {
            // So that only some of the new ones are live at once.
            now = now + .seconds(1)
            let name = "late_\(user)"
            let start = clock.now().nanoseconds
            _ = try viewers.decide(name, at: now)
            longest = max(longest, clock.now().nanoseconds - start)
        }
        precondition(store.count < users / 2, "\(store.count) cells are left: what expired was not reclaimed")
        return longest
    }
}

/// What a small script says of the same state in Python.
private struct TwitchBot: Decodable {
    let megabytes: Double
    let sweepMilliseconds: Double

    static func measure(users: Int) throws -> TwitchBot {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let script = sources.appending(path: "../../twitch-bot/memory.py").standardized
        let python = Process()
        python.executableURL = URL(filePath: "/usr/bin/env")
        python.arguments = ["python3", script.path, String(users)]
        let output = Pipe()
        python.standardOutput = output
        try python.run()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        python.waitUntilExit()
        guard python.terminationStatus == 0 else { fatalError("\(script.path) failed") }
        return try JSONDecoder().decode(TwitchBot.self, from: answer)
    }
}
