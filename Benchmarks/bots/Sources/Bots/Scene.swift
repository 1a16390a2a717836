import Sluice
import SluiceBots

/// The bot that is measured: each user may say five things in ten seconds, and nothing twice within two. Nothing is
/// ever denied.
enum Scene {
    static let policies = [
        Policy.bot(debounce: .seconds(2), throttle: .tokenBucket(5, per: .seconds(10))),
        Policy("own") { Rule("handler", by: .user, .handler, .tokenBucket(60, per: .seconds(60))) },
    ]

    static func bot(_ limiter: some LimiterProtocol, hasOwnPolicy: Bool) throws -> BotPipeline {
        try BotPipeline(limiter) {
            BotHandler(.command("start")) { _ in }
            BotHandler(.kind("message"), named: "any", policy: hasOwnPolicy ? "own" : nil) { _ in }
        }
    }

    /// Messages of as many users, none like another.
    static func updates(_ users: Int, text: String = "message") -> [BotUpdate] {
        (0..<users).map { user in
            BotUpdate(
                platform: .telegram, kind: "message", user: BotUser(id: "\(1_000_000 + user)", language: "en"),
                chat: BotChat(id: "\(1_000_000 + user)", kind: .direct), text: "\(text) of \(user)",
                fingerprint: "\(text) of \(user)")
        }
    }

    struct Denied: Error {}
}
