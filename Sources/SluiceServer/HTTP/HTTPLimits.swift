/// What the HTTP transport accepts and how long it waits; every bound has its name here.
public struct HTTPLimits: Sendable {
    /// The most connections at once; one more is answered 503 and closed.
    public var maximumConnections = 4_096
    /// The most requests at once that are being read or answered; one more is answered 503.
    public var maximumRequestsInFlight = 1_024
    /// The most bytes of a body, and of a line of a stream.
    public var maximumBodyBytes = 64 * 1_024
    /// The most bytes of all of a request's header fields.
    public var maximumHeaderBytes = 32 * 1_024
    /// How long a connection may be silent between requests, and a stream between two pieces.
    public var idleTimeout: Duration = .seconds(60)
    /// How long a handshake of TLS may take.
    public var handshakeTimeout: Duration = .seconds(10)
    /// How long a request may take to arrive.
    public var requestTimeout: Duration = .seconds(10)
    /// How long a client may leave its answers unread.
    public var writeTimeout: Duration = .seconds(10)
    /// How long the rest of a refused request is read away, so that the client gets to see the refusal.
    public var lingerTimeout: Duration = .seconds(2)
    /// Whether check and peek are answered on the event loop as they are read; `false` sends them through the
    /// router like the rest, with the same answers, to compare.
    public var answersDecisionsOnEventLoop = true

    /// The limits as documented.
    public init() {}
}
