import SluiceBotClients
import SluiceBots
import Testing

@Suite("A connection to Twitch's chat, without the connection")
struct TwitchStateMachineTests {
    private typealias Machine = TwitchChat.StateMachine

    private static let update = BotUpdate(platform: .twitch, kind: "message")
    /// Lines of every kind.
    private static let lines: [TwitchLine] = [
        .update(update), .ping("word"), .pong("word"), .welcome, .capabilities(["a"], accepted: true),
        .capabilities(["a", "b"], accepted: false), .join(channel: "c", user: "u"), .part(channel: "c", user: "u"),
        .notice(channel: nil, id: nil, text: "no"), .notice(channel: "c", id: "slow", text: "no"),
        .cleared(channel: "c", user: nil, seconds: nil), .deleted(channel: "c", message: "m"),
        .state(channel: "c", roles: [.vip]), .reconnect, .other(IRCMessage("353")),
    ]

    /// What a machine in a state does on each of the lines, in their order.
    private func actions(_ prepare: (inout Machine) -> Void) -> [[Machine.Action]] {
        Self.lines.map { line in
            var machine = Machine()
            prepare(&machine)
            return machine.received(line)
        }
    }

    private static let pong = Machine.Action.send(IRCMessage("PONG", ["word"]))
    private static let unable = Machine.Action.warn("the server does not speak a b")
    private static let slow = Machine.Action.warn("#c: no (slow)")

    @Test("that is greeting becomes ready by a welcome, and ends by a refusal")
    func greeting() {
        let expected: [[Machine.Action]] = [
            [], [Self.pong], [], [.begin], [], [Self.unable], [], [], [.giveUp("no")], [Self.slow], [], [], [],
            [.reconnect], [],
        ]
        #expect(actions { _ in } == expected)
        var machine = Machine()
        #expect(machine.state == .greeting)
        _ = machine.received(.notice(channel: nil, id: nil, text: "no"))
        #expect(machine.state == .ended)
    }

    @Test("that is ready hands updates on, until the server goes away")
    func ready() {
        let expected: [[Machine.Action]] = [
            [.deliver(Self.update)], [Self.pong], [], [], [], [Self.unable], [], [], [.warn("no")], [Self.slow], [], [],
            [.note(channel: "c", roles: [.vip])], [.reconnect], [],
        ]
        #expect(actions { _ = $0.received(.welcome) } == expected)
        var machine = Machine()
        _ = machine.received(.welcome)
        #expect(machine.state == .ready)
        _ = machine.received(.reconnect)
        #expect(machine.state == .ended)
    }

    @Test("that has ended does nothing any more")
    func ended() {
        #expect(actions { _ = $0.received(.reconnect) } == Self.lines.map { _ in [] })
    }

    @Test("says its capabilities, the token and the name first, in this order")
    func opening() throws {
        var machine = Machine()
        let token = try #require(TwitchToken("abc"))
        let commands = machine.opened(nick: "bot", token: token).map { action -> String in
            guard case .send(let message) = action else { return "" }
            return "\(message)"
        }
        #expect(commands.map { $0.prefix(4) } == ["CAP ", "PASS", "NICK"])
        #expect(commands[1] == "PASS :oauth:abc")
    }
}
