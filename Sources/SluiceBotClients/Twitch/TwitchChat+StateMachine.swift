package import SluiceBots

extension TwitchChat {
    /// One connection to Twitch's chat, without the connection: lines in, what to do out.
    package struct StateMachine: Sendable {
        package enum State: Hashable, Sendable {
            /// The name and token are sent. The server's welcome makes it ready, its refusal ends it.
            case greeting
            /// Messages come and go. The server's wish to go away, or its end, ends it.
            case ready
            /// Nothing comes any more.
            case ended
        }

        package enum Action: Hashable, Sendable {
            case send(IRCMessage)
            /// The server knows the bot: channels can be joined, messages sent.
            case begin
            case deliver(BotUpdate)
            /// What the bot is in a channel.
            case note(channel: String, roles: Set<BotUser.Role>)
            /// Something to tell whoever runs the bot.
            case warn(String)
            /// This connection is to be closed, and another opened.
            case reconnect
            /// This connection is to be closed, and none opened: the server does not want the token.
            case giveUp(String)
        }

        package private(set) var state = State.greeting

        /// A connection that was just opened.
        package init() {}

        /// What is said first. The token goes before the name, and nothing waits for an answer.
        package mutating func opened(nick: String, token: TwitchToken) -> [Action] {
            [
                .send(IRCMessage("CAP", ["REQ", "twitch.tv/tags twitch.tv/commands twitch.tv/membership"])),
                .send(IRCMessage("PASS", ["oauth:" + token.secret])),
                .send(IRCMessage("NICK", [nick])),
            ]
        }

        package mutating func received(_ line: TwitchLine) -> [Action] {
            switch (state, line) {
            case (.ended, _): return []
            case (_, .ping(let word)): return [.send(IRCMessage("PONG", [word]))]
            case (_, .capabilities(let names, accepted: false)):
                return [.warn("the server does not speak \(names.joined(separator: " "))")]
            case (.greeting, .welcome):
                state = .ready
                return [.begin]
            case (.greeting, .notice(nil, _, let text)):
                state = .ended
                return [.giveUp(text)]
            case (_, .notice(let channel, let id, let text)):
                return [.warn("\(channel.map { "#\($0): " } ?? "")\(text)\(id.map { " (\($0))" } ?? "")")]
            case (_, .reconnect):
                state = .ended
                return [.reconnect]
            case (.ready, .update(let update)): return [.deliver(update)]
            case (.ready, .state(let channel, let roles)): return [.note(channel: channel, roles: roles)]
            default: return []
            }
        }
    }
}
