import Foundation
import HTTPTypes
import Sluice
import SluiceBotClients
import SluiceBots
import Testing

@Suite("What Twitch's chat says to a bot")
struct TwitchLineTests {
    private func line(_ text: String) throws -> TwitchLine { TwitchLine(try #require(IRCMessage(text))) }

    @Test("a message names its user, his roles, the channel, the command and what makes it the same as another")
    func message() throws {
        let line = try line(
            "@badges=vip/1,founder/0;display-name=Ronni;id=b34c;user-id=1337;mod=0 "
                + ":ronni!ronni@ronni.tmi.twitch.tv PRIVMSG #dallas :!Song please \u{E0000}")
        guard case .update(let update) = line else { Issue.record("no update"); return }
        #expect(update.platform == .twitch)
        #expect(update.id == "b34c")
        #expect(update.kind == "message")
        #expect(update.user == BotUser(id: "1337", name: "Ronni", roles: [.vip, .subscriber]))
        #expect(update.chat == BotChat(id: "dallas", kind: .group))
        #expect(update.command == "song")
        #expect(update.fingerprint == "!Song please")
        #expect(update.descriptor[.role] == "vip")
    }

    @Test("a recorded line without tags goes by the name")
    func plain() throws {
        let text = ":viewer00001!viewer00001@viewer00001.tmi.twitch.tv PRIVMSG #channel1 :e2f5f831 4ed65fc6"
        guard case .update(let update) = try line(text) else { Issue.record("no update"); return }
        #expect(update.user?.id == "viewer00001")
        #expect(update.user?.roles == [])
        #expect(update.command == nil)
    }

    @Test(
        "badges and tags make roles",
        arguments: [
            ("badges=broadcaster/1", [.broadcaster]), ("badges=moderator/1", [.moderator]),
            ("badges=;mod=1", [.moderator]), ("badges=;vip=", [.vip]), ("badges=;subscriber=1", [.subscriber]),
            ("badges=staff/1,subscriber/0", [.administrator, .subscriber]), ("badges=bits/100", []),
        ] as [(String, Set<BotUser.Role>)])
    func roles(tags: String, roles: Set<BotUser.Role>) throws {
        guard case .update(let update) = try line("@\(tags) :a!a@a PRIVMSG #c :hi") else {
            Issue.record("no update")
            return
        }
        #expect(update.user?.roles == roles)
    }

    @Test("notices of users are updates of their own kind")
    func userNotice() throws {
        let text =
            "@login=ronni;user-id=7;msg-id=resub;badges=subscriber/6 :tmi.twitch.tv USERNOTICE #dallas :Great stream"
        guard case .update(let update) = try line(text) else { Issue.record("no update"); return }
        #expect(update.kind == "resub")
        #expect(update.user?.id == "7")
        #expect(update.text == "Great stream")
        guard case .update(let action) = try line(":a!a@a PRIVMSG #c :\u{1}ACTION waves\u{1}") else {
            Issue.record("no update")
            return
        }
        #expect(action.text == "waves")
    }

    @Test("everything else is told apart")
    func others() throws {
        #expect(try line("PING :tmi.twitch.tv") == .ping("tmi.twitch.tv"))
        #expect(try line(":tmi.twitch.tv 001 bot :Welcome, GLHF!") == .welcome)
        #expect(
            try line(":tmi.twitch.tv CAP * ACK :twitch.tv/tags twitch.tv/commands")
                == .capabilities(["twitch.tv/tags", "twitch.tv/commands"], accepted: true))
        #expect(try line(":a!a@a JOIN #c") == .join(channel: "c", user: "a"))
        #expect(try line(":a!a@a PART #c") == .part(channel: "c", user: "a"))
        #expect(
            try line("@msg-id=msg_ratelimit :tmi.twitch.tv NOTICE #c :Too fast")
                == .notice(channel: "c", id: "msg_ratelimit", text: "Too fast"))
        #expect(
            try line("@ban-duration=350 :tmi.twitch.tv CLEARCHAT #c :ronni")
                == .cleared(channel: "c", user: "ronni", seconds: 350))
        #expect(try line("@target-msg-id=x :tmi.twitch.tv CLEARMSG #c :hi") == .deleted(channel: "c", message: "x"))
        #expect(try line(":tmi.twitch.tv RECONNECT") == .reconnect)
        #expect(
            try line("@badges=moderator/1 :tmi.twitch.tv USERSTATE #c") == .state(channel: "c", roles: [.moderator]))
    }

    private static let body = Data(
        """
        {"subscription":{"id":"1","status":"enabled","type":"channel.chat.message","version":"1"},
         "event":{"broadcaster_user_id":"1971641","broadcaster_user_login":"streamer",
         "broadcaster_user_name":"streamer",
         "chatter_user_id":"4145994","chatter_user_login":"viewer32","chatter_user_name":"viewer32",
         "message_id":"cc106a89","message":{"text":"!song","fragments":[{"type":"text","text":"!song"}]},
         "color":"#00FF7F","badges":[{"set_id":"moderator","id":"1","info":""}],"message_type":"text","cheer":null,
         "reply":null,"channel_points_custom_reward_id":null}}
        """.utf8)

    @Test("by EventSub the same message is the same update")
    func eventSub() throws {
        let tagged =
            "@badges=moderator/1;display-name=viewer32;id=cc106a89;user-id=4145994 "
            + ":viewer32!v@v PRIVMSG #streamer :!song"
        guard case .update(let told) = try EventSubMessage(Self.body), case .update(let said) = try line(tagged) else {
            Issue.record("no update")
            return
        }
        #expect(told == said)
        let challenge = #"{"challenge":"pogchamp","subscription":{"type":"channel.chat.message","status":"pending"}}"#
        #expect(try EventSubMessage(Data(challenge.utf8)) == .challenge("pogchamp"))
        let revoked = #"{"subscription":{"type":"channel.chat.message","status":"authorization_revoked"}}"#
        #expect(try EventSubMessage(Data(revoked.utf8)) == .revoked("authorization_revoked"))
        let other = #"{"subscription":{"type":"channel.follow","status":"enabled"},"event":{"user_id":"1"}}"#
        #expect(try EventSubMessage(Data(other.utf8)) == .other("channel.follow"))
        #expect(throws: DecodingError.self) { try EventSubMessage(Data("{".utf8)) }
        let long = Data(repeating: UInt8(ascii: " "), count: EventSubMessage.longestBody + 1)
        #expect(throws: DecodingError.self) { try EventSubMessage(long) }
    }

    @Test("a call of the webhook counts only if Twitch has signed it, and lately")
    func signature() throws {
        let key = EventSubSignature(secret: "s3cre77890ab")
        let moment = "2023-11-14T22:13:20.634234626Z"
        let now = Timestamp(seconds: 1_700_000_000)
        var fields: HTTPFields = [.eventSubMessageID: "e76c", .eventSubTimestamp: moment]
        fields[.eventSubSignature] = key.sign(id: "e76c", timestamp: moment, Self.body)
        #expect(key.isValid(fields, Self.body, at: now))
        #expect(!key.isValid(fields, Self.body + Data(" ".utf8), at: now))
        #expect(!key.isValid(fields, Self.body, at: now + .minutes(11)))
        #expect(!EventSubSignature(secret: "another secret").isValid(fields, Self.body, at: now))
        for signature in ["sha256=", "sha256=zz", "sha1=00", ""] {
            fields[.eventSubSignature] = signature
            #expect(!key.isValid(fields, Self.body, at: now))
        }
    }
}
