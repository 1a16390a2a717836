import Foundation
import Sluice
import SluiceBots
import Synchronization

/// Memory for many users who each sent five messages, two seconds apart as the throttle allows for ever; for the same
/// five all at once; and what is left when everything has expired.
struct FootprintRun {
    struct Outcome: Encodable {
        var bytesPerUser: Double
        var bytesPerUserAtOnce: Double
        /// When all has expired and was swept.
        var bytesLeftPerUser: Double
        var users: Int
    }

    private let users: Int

    init(_ options: Options) { users = options.users ?? 100_000 }

    func run() async throws -> Outcome {
        let spread = try await measure(apart: .seconds(2))
        let atOnce = try await measure(apart: .zero)
        return Outcome(
            bytesPerUser: spread.used, bytesPerUserAtOnce: atOnce.used, bytesLeftPerUser: spread.left, users: users)
    }

    private func measure(apart pause: Duration) async throws -> (used: Double, left: Double) {
        let time = SteppedTime()
        let limiter = try Limiter([Scene.policies[0]], time: .provided(by: time))
        let bot = try BotPipeline(limiter) { BotHandler(.all) { _ in } }
        let before = try Self.residentBytes()
        for message in 0..<5 {
            for user in 0..<users {
                time.move(by: pause / users)
                guard await bot.handle(Self.update(user, "message \(message)")).isHandled else { throw Scene.Denied() }
            }
        }
        let used = try Self.residentBytes() - before
        time.move(by: .minutes(1))
        // A table shrinks by an eighth at a time, as a server's sweeps make it do over some minutes.
        for _ in 0..<200 { limiter.store.sweep(budget: 1 << 22, at: time.now()) }
        let left = try Self.residentBytes() - before
        return (Double(used) / Double(users), Double(left) / Double(users))
    }

    private static func update(_ user: Int, _ text: String) -> BotUpdate {
        BotUpdate(
            platform: .telegram, kind: "message", user: BotUser(id: "\(1_000_000 + user)"),
            chat: BotChat(id: "\(1_000_000 + user)", kind: .direct), text: text, fingerprint: text)
    }

    private static func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return Int(text.split(separator: " ")[1])! * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// A time line that moves by hand.
private final class SteppedTime: TimeProvider {
    private let nanoseconds = Atomic<Int64>(1_700_000_000_000_000_000)

    func now() -> Timestamp { Timestamp(nanoseconds: nanoseconds.load(ordering: .relaxed)) }

    func move(by span: Duration) {
        let parts = span.components
        nanoseconds.add(parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000, ordering: .relaxed)
    }

    func sleep(until moment: Timestamp) async throws {}
}
