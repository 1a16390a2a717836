import NIOCore

#if TLS
package import NIOSSL
import NIOTLS
import Synchronization

/// The certificate in force, with which new connections are encrypted.
package final class ServerTLS: Sendable {
    package let settings: TLSSettings
    private let current: Mutex<(context: NIOSSLContext, configuration: TLSConfiguration)>

    /// Reads the files.
    /// - Throws: ``ServerError`` that says which file cannot be used, and why.
    package init(_ settings: TLSSettings) throws(ServerError) {
        self.settings = settings
        current = Mutex(try Self.read(settings))
    }

    /// Reads the files again. Connections that there are live on with what they began with.
    /// - Throws: ``ServerError`` that says which file cannot be used; all stays as it was.
    package func reload() throws(ServerError) {
        let read = try Self.read(settings)
        current.withLock { $0 = read }
    }

    /// The configuration in force, for a transport that encrypts by itself.
    package var configuration: TLSConfiguration { current.withLock { $0.configuration } }

    /// Puts encryption before what follows, and closes the connection if the handshake takes too long.
    func addHandlers(to channel: any Channel, handshakeTimeout: Duration) throws {
        let context = current.withLock { $0.context }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(NIOSSLServerHandler(context: context))
        try pipeline.addHandler(HandshakeTimer(handshakeTimeout))
    }
}

/// Closes a connection whose handshake takes too long, and goes once it is done.
private final class HandshakeTimer: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let timeout: Duration
    private var timer: Scheduled<Void>?

    init(_ timeout: Duration) { self.timeout = timeout }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) {
            // From where nothing is encrypted yet: the other side has had its time, and is not waited for.
            let pipeline = context.pipeline.syncOperations
            let tls = try? pipeline.context(handlerType: NIOSSLServerHandler.self)
            (tls ?? context).close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }
}

extension ServerTLS {
    /// Whether an error is only that a connection ended without saying so, which its end tells, too.
    static func isHarmless(_ error: any Error) -> Bool {
        if case NIOSSLError.uncleanShutdown = error { true } else { false }
    }

    /// Whether a connection cannot go on because of an error of TLS.
    static func isFatal(_ error: any Error) -> Bool { error is NIOSSLError || error is BoringSSLError }
}
#else
/// Stands in where TLS was not built. There is never one.
package final class ServerTLS: Sendable {
    package let settings: TLSSettings

    package init(_ settings: TLSSettings) throws(ServerError) {
        throw ServerError(.unsupported, "This build has no TLS; build with 'swift build -c release --traits TLS'.")
    }

    package func reload() throws(ServerError) {}

    func addHandlers(to channel: any Channel, handshakeTimeout: Duration) throws {}

    static func isHarmless(_ error: any Error) -> Bool { false }

    static func isFatal(_ error: any Error) -> Bool { false }
}
#endif
