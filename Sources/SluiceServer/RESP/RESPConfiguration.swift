public import RESP

/// Where the RESP transport listens and what it accepts.
public struct RESPConfiguration: Sendable {
    /// Where it listens.
    public var address: ListenAddress
    /// The most connections at once. One more is told `ERR max number of clients reached` and closed.
    public var maximumConnections = 10_000
    /// How large a request may be.
    public var requestLimits = RequestLimits()
    /// The most bytes of replies made at once. The rest of a pipeline waits until the client has taken them.
    public var replyBytes = 256 << 10
    /// The most decisions of a connection that Redis is asked for at once. The rest of a pipeline waits for them.
    public var pendingDecisions = 1_024
    /// The most bytes of requests that wait for their client to take earlier replies. More of them end the
    /// connection. A client that reads what it asked for never comes near.
    public var waitingBytes = 1 << 20
    /// A connection without a request for this long is closed; zero keeps it open for ever.
    public var idleTimeout: Duration = .seconds(300)
    /// A connection that takes longer to finish a request, or to take its replies, is closed.
    public var stallTimeout: Duration = .seconds(30)
    /// A connection that takes longer for its handshake of TLS is closed.
    public var handshakeTimeout: Duration = .seconds(10)
    /// Connections that the system holds ready before they are accepted.
    public var backlog: Int32 = 511

    /// The defaults, at an address.
    public init(address: ListenAddress) { self.address = address }
}
