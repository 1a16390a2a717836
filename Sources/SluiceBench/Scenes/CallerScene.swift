import Sluice
import SluiceBots

/// Users who have sent what they may, in this process's memory.
struct CallerScene {
    /// What is kept for each of them.
    struct Part {
        let name: String
        let rules: [Rule]
        /// How many messages each of them sends.
        let messages: Int
    }

    static let rate = Rule("rate", by: .user, .tokenBucket(20, per: .hours(1)))
    static let debounce = Rule("repeats", by: .user, .fingerprint, .debounce(.seconds(2)))
    static let pause = Rule("pause", by: .user, .cooldown(.seconds(10)))
    static let log = Rule("hourly", by: .user, .slidingLog(20, per: .hours(1)))

    /// When everybody sends the last one.
    private static let end = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
    /// From one message to the next.
    private static let gap = Duration.seconds(170)

    let limiter: Limiter
    private let part: Part
    private let users: Int
    private let policy: PolicyHandle

    /// A limiter that has decided once, and knows nobody else.
    init(_ part: Part, users: Int) throws {
        self.part = part
        self.users = users
        // A table of many parts is never filled quite evenly.
        let store = try MemoryStore(holding: (users + users / 4) * part.rules.count + 65_536)
        limiter = try Limiter([Policy("users", rules: part.rules)], store: store)
        policy = try limiter.policy("users")
        try send(from: "nobody")
    }

    /// Has everybody send his messages, one user after the other; it is the same hour for all of them.
    func fill() throws {
        let before = limiter.store.count
        for user in 0..<users { try send(from: "user_\(user)") }
        guard limiter.store.count == before + users * part.rules.count else {
            throw BenchError("the store holds \(limiter.store.count - before) cells; please report this")
        }
    }

    private func send(from user: String) throws {
        var descriptor = Descriptor.user(user)
        descriptor[.fingerprint] = "hello"
        for message in 1...part.messages {
            let now = Self.end + Self.gap * (message - part.messages)
            guard try policy.decide(descriptor, at: now).isAllowed else {
                throw BenchError("a user was denied who should have passed; please report this")
            }
        }
    }

    /// What cells and logs take of so many users, in bytes, and by how much they make the process grow.
    static func measure(_ part: Part, users: Int) async throws -> (store: Double, process: Double?) {
        var store = 0
        let begin = { try CallerScene(part, users: users) }
        let process = try await OwnMemory.growth(of: { OwnMemory.pages }, from: begin) { scene in
            try scene.fill()
            store = scene.limiter.store.bytes
        }
        return (Double(store), process)
    }

    /// By how much a process grows with a limiter that has decided once.
    static func base(_ part: Part) async throws -> Double? {
        try await OwnMemory.growth(of: { OwnMemory.pages }, from: { Kept() }) { kept in
            kept.scene = try CallerScene(part, users: 1)
        }
    }

    private final class Kept {
        var scene: CallerScene?
    }
}
