/// How large a request may be. Each is a bound on what one client can make a server hold.
public struct RequestLimits: Hashable, Sendable {
    /// The most bytes of one request, framing included.
    public var frameBytes: Int
    /// The most arguments that are handed on, the command's name included.
    ///
    /// A longer request is read to its end and counted, so that it can be refused without losing the connection.
    public var arguments: Int
    /// The most bytes of an inline command, or of a line that announces a length.
    public var lineBytes: Int

    /// Limits; the defaults allow frames of 512 KiB, 40 arguments and, as Redis does, lines of 64 KiB.
    public init(frameBytes: Int = 512 << 10, arguments: Int = 40, lineBytes: Int = 64 << 10) {
        precondition(frameBytes > 0 && frameBytes <= 1 << 30, "a frame has between one byte and 1 GiB")
        precondition(arguments > 0 && arguments <= 1 << 16, "a request has between one and 65,536 arguments")
        precondition(lineBytes > 0 && lineBytes <= 1 << 30, "a line has between one byte and 1 GiB")
        self.frameBytes = frameBytes
        self.arguments = arguments
        self.lineBytes = lineBytes
    }
}
