internal import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Sluice
internal import SluiceBots
internal import Synchronization

/// One connection, from its opening to its end.
extension TwitchChat {
    private typealias Link = NIOAsyncChannel<IRCMessage, IRCMessage>

    /// - Returns: Whether the server welcomed the bot before the connection ended.
    /// - Throws: What opening it throws; ``TwitchFault/refused(_:)``.
    func connect() async throws -> Bool {
        let link = try await open()
        defer { closed() }
        return try await link.executeThenClose { inbound, outbound in
            let lastHeard = LastHeard(time.now())
            return try await withThrowingTaskGroup(of: Bool?.self) { group in
                group.addTask { try await self.read(inbound, outbound, link.channel, lastHeard) }
                group.addTask {
                    try await self.askIfQuiet(outbound, lastHeard)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next().flatMap(\.self) ?? false
            }
        }
    }

    private func open() async throws -> Link {
        let configuration = configuration
        let tls = configuration.isEncrypted ? try NIOSSLContext(configuration: .makeClientConfiguration()) : nil
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(configuration.answerTime))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .connect(host: configuration.host, port: configuration.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let encryption = try NIOSSLClientHandler(context: tls, serverHostname: configuration.host)
                        try channel.pipeline.syncOperations.addHandler(encryption)
                    }
                    try channel.pipeline.syncOperations.addHandler(IRCLineHandler())
                    return try Link(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// Reads until the connection ends.
    private func read(
        _ inbound: NIOAsyncChannelInboundStream<IRCMessage>, _ outbound: NIOAsyncChannelOutboundWriter<IRCMessage>,
        _ channel: any Channel, _ lastHeard: LastHeard
    ) async throws -> Bool {
        var machine = StateMachine()
        for case .send(let message) in machine.opened(nick: configuration.nick, token: configuration.token) {
            try await outbound.write(message)
        }
        var wasReady = false
        var joining: Task<Void, Never>?
        defer { joining?.cancel() }
        for try await message in inbound {
            lastHeard.moment.withLock { $0 = self.time.now() }
            for action in machine.received(TwitchLine(message)) {
                switch action {
                case .send(let answer): try await outbound.write(answer)
                case .begin:
                    wasReady = true
                    opened(channel)
                    joining = Task { await self.join(outbound) }
                case .deliver(let update): await receive(update)
                case .note(let channel, let roles): note(roles, in: channel)
                case .warn(let text): logger.warning("Twitch: \(text)")
                case .reconnect: return wasReady
                case .giveUp(let text): throw TwitchFault.refused(text)
                }
            }
        }
        return wasReady
    }

    /// Joins the channels, as fast as Twitch allows.
    private func join(_ outbound: NIOAsyncChannelOutboundWriter<IRCMessage>) async {
        for channel in configuration.channels {
            do {
                try await joins.send { try await outbound.write(IRCMessage("JOIN", ["#" + channel])) }
            } catch {
                return // The connection ends; the next one joins anew.
            }
        }
    }

    /// Asks a silent server whether it is still there; returns when it is not.
    private func askIfQuiet(
        _ outbound: NIOAsyncChannelOutboundWriter<IRCMessage>, _ lastHeard: LastHeard
    ) async throws {
        while true {
            let heard = lastHeard.moment.withLock { $0 }
            try await time.sleep(until: heard + configuration.quietTime)
            guard lastHeard.moment.withLock({ $0 }) == heard else { continue }
            try await outbound.write(IRCMessage("PING", ["sluice"]))
            try await time.sleep(until: time.now() + configuration.answerTime)
            guard lastHeard.moment.withLock({ $0 }) != heard else {
                logger.warning("Twitch does not answer; connecting again")
                return
            }
        }
    }
}

/// When a connection last brought anything.
private final class LastHeard: Sendable {
    let moment: Mutex<Timestamp>

    init(_ moment: Timestamp) { self.moment = Mutex(moment) }
}
