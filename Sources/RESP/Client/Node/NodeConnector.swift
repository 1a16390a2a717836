package import NIOCore

/// Opens channels to an address.
package protocol NodeConnector: Sendable {
    /// Opens a channel on an event loop.
    ///
    /// - Parameter handlers: Makes the handlers, called on the event loop before anything is read. TLS, if any, is
    /// among   them.
    /// - Returns: When the channel is open, or why it is not.
    func connect(
        to address: NodeAddress, on eventLoop: any EventLoop, within time: TimeAmount,
        initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel>
}
