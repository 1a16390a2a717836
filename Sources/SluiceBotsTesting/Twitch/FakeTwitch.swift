internal import NIOCore
internal import NIOPosix
public import Sluice
internal import SluiceBots
internal import Synchronization

/// Twitch's chat for tests: a server on this machine that keeps Twitch's own limits to the nanosecond.
///
/// ```swift
/// let twitch = try await FakeTwitch.start()
/// // connect a bot to 127.0.0.1 at twitch.port, then:
/// twitch.say("!hello", from: "viewer1", in: "channel1")
/// ```
/// An account that sends more than its limit in any 30 seconds is silent for 30 minutes, and one that joins more than
/// 20 channels in any 10 seconds is cut off; both are in ``offences``. What a test does not like to see it finds there.
public final class FakeTwitch: Sendable {
    /// A message of the bot that everybody in the channel has seen.
    public struct Message: Sendable, Hashable {
        /// When it came.
        public var moment: Timestamp
        /// Where, without `#`.
        public var channel: String
        /// What it says.
        public var text: String
    }

    /// What Twitch punishes.
    public enum Offence: Sendable, Hashable {
        /// One message too many; the account is silent from then on.
        case tooManyMessages(at: Timestamp)
        /// A message of a silent account, seen by nobody.
        case saidInSilence(at: Timestamp)
        /// One join too many.
        case tooManyJoins(at: Timestamp)
        /// A message that is too long or to a channel that was never joined.
        case refusedMessage(at: Timestamp)
    }

    /// How long an account that was too fast is silent.
    public static let silence = Duration.minutes(30)

    private let time: TimeSource
    private let token: String
    private let state: Mutex<FakeTwitchState>
    private let server: any Channel

    private init(_ server: any Channel, _ time: TimeSource, _ token: String, _ state: FakeTwitchState) {
        self.server = server
        self.time = time
        self.token = token
        self.state = Mutex(state)
    }

    /// A server on a free port of the loopback address.
    /// - Parameters:
    ///   - messagesPer30Seconds: What the account may send: 20, or 100 as moderator.
    ///   - token: The only token that is let in.
    ///   - time: The time line by which limits count.
    /// - Throws: What listening throws.
    public static func start(
        messagesPer30Seconds: Int = 20, token: String = "secret", time: TimeSource = .system
    ) async throws -> FakeTwitch {
        let connections = FakeTwitchConnections()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FakeTwitchHandler(connections))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let twitch = FakeTwitch(server, time, token, FakeTwitchState(most: messagesPer30Seconds))
        connections.serve {
            twitch.received($0, from: $1)
        } leaving: {
            twitch.left($0)
        }
        return twitch
    }

    /// Where it listens.
    public var port: Int { server.localAddress?.port ?? 0 }
    /// The bot's messages that were seen, in order.
    public var messages: [Message] { state.withLock { $0.messages } }
    /// What it was punished for.
    public var offences: [Offence] { state.withLock { $0.offences } }
    /// The channels that are joined.
    public var joined: [String] { state.withLock { $0.members.keys.sorted() } }
    /// How many connections have been welcomed.
    public var welcomes: Int { state.withLock { $0.welcomes } }
    /// The words of the PONGs that came.
    public var pongs: [String] { state.withLock { $0.pongs } }

    /// Has a viewer say something.
    /// - Parameter badges: Such as `moderator/1,subscriber/12`.
    public func say(_ text: String, from user: String, in channel: String, badges: String = "") {
        let number = state.withLock { state in
            state.said += 1
            return state.said
        }
        let tags = [
            ("badges", badges), ("display-name", user), ("id", "message-\(number)"), ("user-id", "id-\(user)"),
        ].map { IRCMessage.Tag($0.0, $0.1) }
        send(
            IRCMessage(
                "PRIVMSG", ["#" + channel, text], from: "\(user)!\(user)@\(user).tmi.twitch.tv", tags: tags),
            to: channel)
    }

    /// Sends a line as it stands to whoever has joined its channel, or to everybody if it names none.
    public func send(line: String) {
        guard let message = IRCMessage(line) else { return }
        send(message, to: message.parameters.first { $0.hasPrefix("#") }.map { String($0.dropFirst()) })
    }

    private func send(_ message: IRCMessage, to channel: String?) {
        let connections = state.withLock { state in
            channel.map { Array(state.members[$0] ?? []) } ?? Array(state.connections)
        }
        for connection in connections { connection.write(message) }
    }

    /// Cuts all connections off.
    public func disconnectAll() {
        for connection in state.withLock({ Array($0.connections) }) { connection.close() }
    }

    /// Listens no more.
    public func stop() async {
        disconnectAll()
        try? await server.close()
    }

    private func left(_ connection: FakeTwitchConnection) {
        state.withLock { $0.leave(connection) }
    }

    private func received(_ message: IRCMessage, from connection: FakeTwitchConnection) {
        let now = time.now()
        let answers = state.withLock { state in state.answers(message, from: connection, token: token, at: now) }
        for answer in answers.messages { connection.write(answer) }
        if answers.closes { connection.close() }
    }
}
