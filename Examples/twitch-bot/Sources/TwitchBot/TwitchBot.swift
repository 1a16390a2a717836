import Foundation
import Sluice
import SluiceBotClients
import SluicePolicies

/// Reads the environment, and runs the bot until it is stopped; or plays a recorded chat to it.
@main
struct TwitchBot {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let policies = arguments.count > 1 ? arguments[1] : "twitch-bot.yaml"
        if arguments.count > 2 {
            print(try await Recording(contentsOf: arguments[2]).play(policies: PolicyFile(contentsOf: policies)))
            return
        }
        let environment = ProcessInfo.processInfo.environment
        guard let nick = environment["TWITCH_NICK"], let token = environment["TWITCH_TOKEN"].flatMap(TwitchToken.init),
            let channels = environment["TWITCH_CHANNELS"]?.split(separator: ",").map(String.init)
        else {
            print("set TWITCH_NICK, TWITCH_TOKEN and TWITCH_CHANNELS; see README.md")
            exit(2)
        }
        var configuration = TwitchConfiguration(nick: nick, token: token, channels: channels)
        // An answer that is a minute late interests nobody.
        configuration.pace.settings.longestWait = .minutes(1)
        let limiter = try Limiter(contentsOf: policies)
        try await ViewerBot(limiter, sources: .web(environment)).run(configuration)
    }
}
