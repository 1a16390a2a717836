/// What a reply may be at most. A server that sends more is taken for broken, and its connection closed.
public struct RESPValueLimits: Hashable, Sendable {
    /// Aggregates within aggregates.
    public var depth = 32
    /// Values in one reply, counting those within others.
    public var elements = 1 << 20
    /// Bytes of one string.
    public var bulkBytes = 64 << 20
    /// Bytes of one line: a simple string, an error, a number.
    public var lineBytes = 64 << 10
    /// Bytes of one reply.
    public var totalBytes = 128 << 20

    /// The usual limits.
    public init() {}
}
