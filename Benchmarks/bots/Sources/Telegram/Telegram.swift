import Foundation

/// Measures what `docs/performance.md` tells of Telegram bots.
@main
struct Telegram {
    static let usage = """
        usage: Telegram webhook | send [MESSAGES] [CHATS] | decode

          webhook  updates by HTTP to handlers that take 1 s: accepted a second, and how long the 200 takes with
                   10,000 of them waiting
          send     messages to as many chats through a fake Bot API that enforces Telegram's limits, in real time
          decode   reading updates
        """

    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let numbers = arguments.dropFirst().compactMap { Int($0) }
        switch arguments.first {
        case "webhook": try await WebhookRun().measure()
        case "webhook-server": try await WebhookRun.serve()
        case "send": try await SendRun(messages: numbers.first ?? 5_000, chats: numbers.last ?? 1_000).measure()
        case "decode": try DecodeRun().measure()
        default:
            print(usage)
            exit(2)
        }
    }
}
