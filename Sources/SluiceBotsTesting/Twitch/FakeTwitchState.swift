internal import Sluice
internal import SluiceBots

/// What the server knows, and what it answers; no connection, no clock.
struct FakeTwitchState {
    let most: Int
    var connections: Set<FakeTwitchConnection> = []
    /// Who has joined which channel.
    var members: [String: Set<FakeTwitchConnection>] = [:]
    var messages: [FakeTwitch.Message] = []
    var offences: [FakeTwitch.Offence] = []
    var welcomes = 0
    var pongs: [String] = []
    var said = 0
    private var proven: Set<FakeTwitchConnection> = []
    private var sent: [Timestamp] = []
    private var joins: [Timestamp] = []
    private var silentUntil = Timestamp(nanoseconds: .min)

    init(most: Int) { self.most = most }

    struct Answers {
        var messages: [IRCMessage] = []
        var closes = false
    }

    private static let server = "tmi.twitch.tv"

    mutating func leave(_ connection: FakeTwitchConnection) {
        connections.remove(connection)
        proven.remove(connection)
        for channel in members.keys {
            members[channel]?.remove(connection)
            if members[channel]?.isEmpty == true { members[channel] = nil }
        }
    }

    mutating func answers(
        _ message: IRCMessage, from connection: FakeTwitchConnection, token: String, at now: Timestamp
    ) -> Answers {
        connections.insert(connection)
        let word = message.parameters.first ?? ""
        switch message.command {
        case "CAP":
            return Answers(messages: [
                IRCMessage("CAP", ["*", "ACK", message.parameters.last ?? ""], from: Self.server)
            ])
        case "PASS":
            if word == "oauth:" + token { proven.insert(connection) }
            return Answers()
        case "NICK": return welcome(word, connection)
        case "PING": return Answers(messages: [IRCMessage("PONG", [Self.server, word], from: Self.server)])
        case "PONG":
            pongs.append(word)
            return Answers()
        case "JOIN": return join(word.split(separator: ",").map { String($0.dropFirst()) }, connection, at: now)
        case "PART":
            members[String(word.dropFirst())]?.remove(connection)
            return Answers()
        case "PRIVMSG":
            hear(message, connection, at: now)
            return Answers()
        default: return Answers(messages: [IRCMessage("421", ["you", message.command, "Unknown command"])])
        }
    }

    private mutating func welcome(_ nick: String, _ connection: FakeTwitchConnection) -> Answers {
        guard proven.contains(connection) else {
            let notice = IRCMessage("NOTICE", ["*", "Login authentication failed"], from: Self.server)
            return Answers(messages: [notice], closes: true)
        }
        welcomes += 1
        let lines = [
            ("001", "Welcome, GLHF!"), ("002", "Your host is tmi.twitch.tv"), ("003", "This server is rather new"),
            ("004", "-"), ("375", "-"), ("372", "You are in a maze of twisty passages, all alike."), ("376", ">"),
        ]
        return Answers(messages: lines.map { IRCMessage($0.0, [nick, $0.1], from: Self.server) })
    }

    private mutating func join(
        _ channels: [String], _ connection: FakeTwitchConnection, at now: Timestamp
    ) -> Answers {
        var answers = Answers()
        for channel in channels {
            joins.removeAll { now - $0 >= .seconds(10) }
            guard joins.count < 20 else {
                offences.append(.tooManyJoins(at: now))
                answers.closes = true
                return answers
            }
            joins.append(now)
            members[channel, default: []].insert(connection)
            answers.messages += [
                IRCMessage("JOIN", ["#" + channel], from: "bot!bot@bot.\(Self.server)"),
                IRCMessage(
                    "USERSTATE", ["#" + channel], from: Self.server,
                    tags: [IRCMessage.Tag("badges", ""), IRCMessage.Tag("mod", "0")]),
            ]
        }
        return answers
    }

    private mutating func hear(_ message: IRCMessage, _ connection: FakeTwitchConnection, at now: Timestamp) {
        guard now >= silentUntil else { return offences.append(.saidInSilence(at: now)) }
        sent.removeAll { now - $0 >= .seconds(30) }
        sent.append(now)
        guard sent.count <= most else {
            silentUntil = now + FakeTwitch.silence
            return offences.append(.tooManyMessages(at: now))
        }
        let channel = String((message.parameters.first ?? "").dropFirst())
        guard let text = message.parameters.dropFirst().first, !text.isEmpty, text.count <= 500,
            members[channel]?.contains(connection) == true
        else { return offences.append(.refusedMessage(at: now)) }
        messages.append(FakeTwitch.Message(moment: now, channel: channel, text: text))
    }
}
