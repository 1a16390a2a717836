import Foundation
import Logging
import RedisServers
import Sluice
import SluiceBotClients
import SluiceBots
import SluiceBotsTesting
import SluicePolicies
import SluiceTesting
import Testing

@testable import TwitchBot

private struct Unavailable: Error {}

/// The example, end to end: its own policy file, its own handlers, and a server that keeps Twitch's limits.
@Suite("The Twitch bot of the examples")
struct TwitchBotTests {
    private static let policies =
        #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
        + "/Examples/twitch-bot/twitch-bot.yaml"

    /// A recorded line as an evening's log has it.
    private static func line(_ second: Int, _ viewer: Int, _ text: String) -> String {
        let moment = Date(timeIntervalSince1970: 1_556_614_619 + Double(second)).formatted(.iso8601)
        let name = "viewer\(viewer)"
        return "\(moment) :\(name)!\(name)@\(name).tmi.twitch.tv PRIVMSG #channel1 :\(text)"
    }

    @Test("answers a recorded evening as its numbers say: ten seconds apart, twenty in an hour")
    func recording() async throws {
        var lines: [String] = []
        for second in 0..<3_600 {
            // The first asks each second, the second every 11 seconds, the third every five minutes.
            lines.append(Self.line(second, 1, "a\(second)"))
            if second % 11 == 0 { lines.append(Self.line(second, 2, "b\(second)")) }
            if second % 300 == 0 { lines.append(Self.line(second, 3, "c\(second)")) }
            if second == 7 { lines.append("no line at all") }
        }
        let outcome = try await Recording(lines.joined(separator: "\n")).play(
            policies: PolicyFile(contentsOf: Self.policies))
        #expect(outcome.messages == 3_600 + 328 + 12)
        #expect(outcome.viewers.count == 3)
        #expect(outcome.answers == 20 + 20 + 12)
        #expect(outcome.denials.values.reduce(0, +) == outcome.messages - outcome.answers)
        #expect(outcome.words == 2, "each of the two is told once that it was enough for the hour")
    }

    @Test("in the chat: seven viewers are answered at once, each waits ten seconds, and Twitch is content")
    func chat() async throws {
        let time = ManualTime()
        let twitch = try await FakeTwitch.start(time: .provided(by: time))
        let gate = Gate()
        let sources = Sources(
            model: { question in
                if question.hasPrefix("slow") { await gate.pass() }
                return "answer to \(question)"
            }, wikipedia: { "article on \($0)" }, games: { "game \($0)" })
        let limiter = try Limiter(contentsOf: Self.policies, time: .provided(by: time))
        let bot = try ViewerBot(limiter, sources: sources)
        let events = bot.pipeline.events()
        var configuration = TwitchConfiguration(
            nick: "bot", token: try #require(TwitchToken("secret")), channels: ["channel1"])
        configuration.host = "127.0.0.1"
        configuration.port = twitch.port
        configuration.isEncrypted = false
        let running = Task { [configuration] in try await bot.run(configuration, time: .provided(by: time)) }
        defer { running.cancel() }
        try await eventually("the channel is joined") { twitch.joined == ["channel1"] }

        for viewer in 1...7 { twitch.say("!ask slow \(viewer)", from: "viewer\(viewer)", in: "channel1") }
        await gate.untilWaiting(7)
        #expect(bot.pipeline.heldLeases == 7)
        twitch.say("!ask slow 8", from: "viewer8", in: "channel1")
        var iterator = events.makeAsyncIterator()
        guard case .denied(let busy) = await iterator.next(isolation: nil) else {
            Issue.record("an eighth was answered")
            return
        }
        #expect(busy.denial.rule?.description == "at-once")
        gate.open()
        try await eventually("seven are answered") { twitch.messages.count == 7 && bot.pipeline.heldLeases == 0 }

        // Who was denied was charged nothing; who was answered waits ten seconds.
        twitch.say("!ask 8", from: "viewer8", in: "channel1")
        try await eventually("the eighth is answered") {
            twitch.messages.last?.text == "@viewer8 answer to 8"
        }
        twitch.say("!ask again", from: "viewer8", in: "channel1")
        twitch.say("!wiki Swift", from: "viewer9", in: "channel1")
        try await eventually("the ninth is answered") { twitch.messages.last?.text == "@viewer9 article on Swift" }
        #expect(twitch.messages.count == 9)
        #expect(twitch.offences.isEmpty)
        running.cancel()
        try? await running.value
        await twitch.stop()
    }

    @Test("asks Wikipedia once a second and IGDB four times, also when many ask at the same moment")
    func outside() async throws {
        let time = ManualTime()
        let asked = Recorder<Timestamp>()
        let source: @Sendable (String) async throws -> String = { _ in
            asked.add(time.now())
            return ""
        }
        let limiter = try Limiter(contentsOf: Self.policies, time: .provided(by: time))
        let (wikipedia, games) = (try Pacer(limiter, "wikipedia"), try Pacer(limiter, "igdb"))
        let paced = Sources(model: source, wikipedia: source, games: source).paced(
            wikipedia: wikipedia, games: games, model: CircuitBreaker("model"))
        for (ask, pacer, count) in [(paced.wikipedia, wikipedia, 1), (paced.games, games, 4)] {
            let before = asked.all.count
            let began = time.now()
            try await withThrowingTaskGroup { group in
                for _ in 0..<12 { group.addTask { _ = try await ask("x") } }
                try await eventually("all were asked") {
                    // Nobody is on his way while time moves: whoever was not asked yet waits.
                    let standing = pacer.standing
                    let isCalm = standing.isTimed && !standing.isAsking && time.sleeperCount > 0
                    if isCalm, asked.all.count - before + standing.waiting == 12 {
                        time.advance(by: .milliseconds(50))
                    }
                    return asked.all.count == before + 12
                }
                try await group.waitForAll()
            }
            let moments = asked.all.dropFirst(before)
            for moment in moments {
                let within = moments.count { $0 >= moment && $0 - moment < .seconds(1) }
                #expect(within <= count)
            }
            #expect((moments.last ?? began) - began >= .seconds(12 / count - 1))
        }
    }
    @Test("leaves a model that fails alone, longer each time, and charges nobody for it")
    func rest() async throws {
        let time = ManualTime()
        let calls = Recorder<Timestamp>()
        let sources = Sources(
            model: { _ in
                calls.add(time.now())
                if calls.all.count <= 3 { throw Unavailable() }
                return "yes"
            }, wikipedia: { $0 }, games: { $0 })
        let limiter = try Limiter(contentsOf: Self.policies, time: .provided(by: time))
        let bot = try ViewerBot(limiter, sources: sources)
        let answers = Recorder<String>()
        for _ in 0..<200 where answers.all.isEmpty {
            let question = BotUpdate.message("/ask x", from: "viewer1", in: "channel1")
            _ = await bot.pipeline.handle(question, replyingBy: { reply, _ in answers.add(reply.text) })
            time.advance(by: .milliseconds(500))
        }
        #expect(answers.all == ["@ yes"])
        #expect(calls.all.count == 4)
        let gaps = zip(calls.all, calls.all.dropFirst()).map { $1 - $0 }
        for (gap, longest) in zip(gaps, [5, 10, 20]) { #expect(gap <= .seconds(longest) + .milliseconds(500)) }
    }
}
