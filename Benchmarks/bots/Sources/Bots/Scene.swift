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

    /// Messages, none like another, so many of each user one after the other.
    static func updates(_ count: Int, ofEach messages: Int = 5, from first: Int = 1_000_000) -> [BotUpdate] {
        (0..<count).map { number in
            let user = "\(first + number / messages)"
            return BotUpdate(
                platform: .telegram, kind: "message", user: BotUser(id: user, language: "en"),
                chat: BotChat(id: user, kind: .direct), text: "message \(number)",
                fingerprint: "message \(number)")
        }
    }

    struct Denied: Error {}
}
