import Logging
import RedisServers
import Sluice
import SluiceBotClients
import SluiceBots
import SluiceBotsTesting
import SluiceTesting
import Testing

/// The chat against a server that keeps Twitch's limits.
@Suite("Twitch's chat")
struct TwitchChatTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func configuration(_ twitch: FakeTwitch, _ channels: [String], token: String = "oauth:secret") throws
        -> TwitchConfiguration
    {
        var configuration = TwitchConfiguration(
            nick: "MyBot", token: try #require(TwitchToken(token)), channels: channels)
        configuration.host = "127.0.0.1"
        configuration.port = twitch.port
        configuration.isEncrypted = false
        return configuration
    }

    /// Runs a chat while `body` does.
    private func withChat(
        _ configuration: TwitchConfiguration, time: TimeSource, receive: @escaping TwitchChat.Receiver = { _ in },
        _ body: (TwitchChat) async throws -> Void
    ) async throws {
        let chat = try TwitchChat(configuration, time: time, logger: Self.quiet, receive: receive)
        let running = Task { try await chat.run() }
        defer { running.cancel() }
        try await body(chat)
        running.cancel()
        try? await running.value
    }

    @Test("joins its channels, hears what is said there and answers")
    func conversation() async throws {
        let twitch = try await FakeTwitch.start()
        let heard = Recorder<String>()
        try await withChat(try configuration(twitch, ["#One", "two"]), time: .system) { update in
            heard.add("\(update.chat?.id ?? "") \(update.user?.name ?? ""): \(update.text ?? "")")
        } _: { chat in
            try await eventually("the channels are joined") { twitch.joined == ["one", "two"] }
            twitch.say("hello", from: "viewer", in: "two", badges: "vip/1")
            try await eventually("the bot has heard it") { heard.all == ["two viewer: hello"] }
            try await chat.say("hello\nyou", in: "two")
            try await eventually("the message is seen") { twitch.messages.map(\.text) == ["hello you"] }
            twitch.send(line: "PING :are-you-there")
            try await eventually("the server is answered") { twitch.pongs == ["are-you-there"] }
        }
        #expect(twitch.offences.isEmpty)
        await twitch.stop()
    }

    @Test("never says more than Twitch allows, however much it has to say, and says all of it in order")
    func paced() async throws {
        let time = ManualTime()
        let twitch = try await FakeTwitch.start(time: .provided(by: time))
        try await withChat(try configuration(twitch, ["one"]), time: .provided(by: time)) { chat in
            try await eventually("the channels are joined") { twitch.joined == ["one"] }
            let began = time.now()
            let said = Recorder<Int>()
            let talking = Task {
                for number in 0..<70 {
                    try await chat.say("\(number)", in: "one")
                    said.add(number)
                }
            }
            try await eventually("everything is said") {
                // Nothing is under way while time moves: all that was said has come, and the next waits for its turn.
                if time.sleeperCount >= 2, twitch.messages.count == said.all.count {
                    time.advance(by: .milliseconds(500))
                }
                return twitch.messages.count == 70
            }
            try await talking.value
            #expect(twitch.messages.map(\.text) == (0..<70).map(String.init))
            #expect(time.now() - began >= .seconds(93), "three windows have to pass before the last ten")
        }
        #expect(twitch.offences.isEmpty)
        await twitch.stop()
    }

    @Test("joins no more than 20 channels in 10 seconds")
    func joins() async throws {
        let time = ManualTime()
        let twitch = try await FakeTwitch.start(time: .provided(by: time))
        let channels = (10..<55).map { "channel\($0)" }
        try await withChat(try configuration(twitch, channels), time: .provided(by: time)) { _ in
            try await eventually("all channels are joined") {
                if time.sleeperCount >= 2, twitch.joined.count % 20 == 0 { time.advance(by: .milliseconds(200)) }
                return twitch.joined == channels
            }
        }
        #expect(twitch.offences.isEmpty)
        await twitch.stop()
    }

    @Test("connects again when the connection ends or the server asks for it, and joins anew")
    func reconnect() async throws {
        let twitch = try await FakeTwitch.start()
        var configuration = try self.configuration(twitch, ["one"])
        configuration.firstWait = .milliseconds(1)
        try await withChat(configuration, time: .system) { chat in
            try await eventually("the channels are joined") { twitch.joined == ["one"] }
            twitch.disconnectAll()
            try await eventually("the bot is back") { twitch.welcomes == 2 && twitch.joined == ["one"] }
            twitch.send(line: ":tmi.twitch.tv RECONNECT")
            try await eventually("the bot is back") { twitch.welcomes == 3 && twitch.joined == ["one"] }
            try await chat.say("back", in: "one")
            try await eventually("the message is seen") { twitch.messages.map(\.text) == ["back"] }
        }
        await twitch.stop()
    }

    @Test("ends when the server does not want the token, and says so")
    func refused() async throws {
        let twitch = try await FakeTwitch.start()
        let chat = try TwitchChat(try configuration(twitch, ["one"], token: "wrong"), logger: Self.quiet) { _ in }
        await #expect(throws: TwitchFault.refused("Login authentication failed")) { () async throws in
            try await chat.run()
        }
        #expect(twitch.welcomes == 0)
        await twitch.stop()
    }

    @Test("the server for tests silences whoever is too fast, for half an hour")
    func silence() async throws {
        let time = ManualTime()
        let twitch = try await FakeTwitch.start(messagesPer30Seconds: 5, time: .provided(by: time))
        try await withChat(try configuration(twitch, ["one"]), time: .provided(by: time)) { chat in
            try await eventually("the channels are joined") { twitch.joined == ["one"] }
            for number in 0..<8 { try await chat.say("\(number)", in: "one") }
            try await eventually("the offences are seen") { twitch.offences.count == 3 }
            #expect(twitch.messages.count == 5)
            let now = time.now()
            #expect(twitch.offences == [.tooManyMessages(at: now), .saidInSilence(at: now), .saidInSilence(at: now)])
            time.advance(by: FakeTwitch.silence)
            try await chat.say("sorry", in: "one")
            try await eventually("the message is seen") { twitch.messages.last?.text == "sorry" }
        }
        await twitch.stop()
    }

    @Test("a token is never printed")
    func secret() throws {
        let token = try #require(TwitchToken("oauth:abc123"))
        #expect(!"\(token) \(String(reflecting: token))".contains("abc123"))
        #expect(TwitchToken("") == nil)
        #expect(TwitchToken("a b") == nil)
    }
}
