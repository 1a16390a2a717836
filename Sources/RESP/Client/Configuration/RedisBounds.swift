/// What one connection may hold at once. Beyond it commands are refused at once.
public struct RedisBounds: Hashable, Sendable {
    /// Commands that wait to be sent or to be answered.
    public var commands = 16_384
    /// Bytes of commands that wait to be sent.
    public var queuedBytes = 32 << 20
    /// What a reply may be.
    public var replies = RESPValueLimits()

    /// The usual bounds.
    public init() {}
}
