public import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
public import ServiceLifecycle
public import Sluice
public import SluiceBots
internal import Synchronization

/// Twitch's chat as a bot has it: messages come in as updates, messages go out as fast as Twitch allows and no faster.
///
/// ```swift
/// let chat = TwitchChat(TwitchConfiguration(nick: "mybot", token: token, channels: ["mychannel"])) { update in
///     await bot.handle(update)
/// }
/// try await chat.run()
/// ```
/// It connects again when a connection ends, joins its channels anew, and keeps what waits to be sent. Updates are
/// handed on one after the other; whoever takes long starts a task for each. Stops with the task that runs it, or
/// gracefully as a service: what waits to be sent is then given up.
public final class TwitchChat: Service {
    /// Takes an update, in the order of the chat.
    public typealias Receiver = @Sendable (BotUpdate) async -> Void

    let configuration: TwitchConfiguration
    let time: TimeSource
    let joins: Pacer<Limiter>
    private let messages: Pacer<Limiter>
    let logger: Logger
    let receive: Receiver
    private let link = Mutex<(any Channel)?>(nil)
    private let roles = Mutex<[String: Set<BotUser.Role>]>([:])

    /// A chat that ``run()`` connects.
    /// - Parameters:
    ///   - configuration: Where, as whom and how fast.
    ///   - time: The time line by which messages and joins are paced.
    ///   - receive: Takes the updates.
    /// - Throws: `SluiceError` for a pace that cannot be.
    public init(
        _ configuration: TwitchConfiguration, time: TimeSource = .system,
        logger: Logger = Logger(label: "sluice.twitch"),
        receive: @escaping Receiver
    ) throws(SluiceError) {
        self.configuration = configuration
        self.logger = logger
        self.receive = receive
        self.time = time
        joins = try Pacer(.twitchJoins(), time: time)
        messages = try Pacer(configuration.pace, time: time)
    }

    /// What the bot is in a channel, as the server has told.
    public func roles(in channel: String) -> Set<BotUser.Role> { roles.withLock { $0[channel] ?? [] } }

    /// Says something in a channel, once Twitch's limits allow it. Messages to one wait in the order of the calls;
    /// those to others take turns with them.
    ///
    /// Line breaks become spaces; what is beyond 500 characters is left out, as Twitch would refuse all of it.
    /// - Throws: `PacingError` if too many messages wait or the wait is too long, ``TwitchFault/notConnected``,
    ///   `CancellationError`.
    public func say(_ text: String, in channel: String) async throws {
        let line = String(text.prefix(500).map { $0.isNewline ? " " : $0 })
        try await messages.send(to: [.chat: channel]) {
            guard let link = link.withLock({ $0 }) else { throw TwitchFault.notConnected }
            try await link.writeAndFlush(IRCMessage("PRIVMSG", ["#" + channel, line])).get()
        }
    }

    /// Connects, and connects again, until the task is cancelled or the service shut down.
    /// - Throws: ``TwitchFault/refused(_:)`` if the server does not want the token.
    public func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.connectAgainAndAgain() }
    }

    private func connectAgainAndAgain() async throws {
        var failures = 0
        while !Task.isCancelled {
            do {
                let wasReady = try await connect()
                failures = wasReady ? 0 : failures + 1
                logger.info("The connection to Twitch has ended")
            } catch let fault as TwitchFault {
                throw fault
            } catch is CancellationError {
                return
            } catch {
                failures += 1
                logger.warning("Twitch cannot be reached", metadata: ["error": "\(error)"])
            }
            let wait = configuration.wait(after: failures, random: .random(in: .min ... .max))
            do { try await time.sleep(until: time.now() + wait) } catch { return }
        }
    }

    func opened(_ channel: any Channel) { link.withLock { $0 = channel } }

    func closed() { link.withLock { $0 = nil } }

    func note(_ new: Set<BotUser.Role>, in channel: String) { roles.withLock { $0[channel] = new } }
}

/// What goes wrong in Twitch's chat.
public enum TwitchFault: Error, Hashable, CustomStringConvertible {
    /// The server does not want the token, and says so.
    case refused(String)
    /// There is no connection now.
    case notConnected

    public var description: String {
        switch self {
        case .refused(let text): "Twitch refuses the token: \(text); make a new one with chat:read and chat:edit"
        case .notConnected: "there is no connection to Twitch now; it is being made again"
        }
    }
}

extension TwitchConfiguration {
    /// How long to wait before connecting again: full jitter under a doubling ceiling.
    func wait(after failures: Int, random: UInt64) -> Duration {
        var ceiling = firstWait
        for _ in 0..<max(0, min(failures - 1, 16)) { ceiling = min(longestReconnectWait, ceiling * 2) }
        let share = Int64(UInt64(1_000).multipliedFullWidth(by: random).high) + 1
        return ceiling * Int(share) / 1_000
    }
}
