import NIOCore

/// Something that a server tells as it happens.
public struct ServerEvent: Sendable, Hashable {
    /// What kind it is, such as `summary`.
    public var name: String
    /// What it says, as JSON.
    public var data: String
}

/// Cuts server-sent events out of what is read.
///
/// Source: the HTML standard, section 9.2, as far as a server of ours uses it: lines end with a line feed, and an event
/// has one line of data.
struct ServerEventReader {
    /// The longest event that is taken.
    private static let longest = 4 << 20
    private var rest = ByteBuffer()
    private var name = ""
    private var data: String?

    /// The events that end in some bytes.
    mutating func take(_ bytes: ByteBuffer) -> [ServerEvent] {
        rest.writeImmutableBuffer(bytes)
        var events: [ServerEvent] = []
        while let end = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest.readString(length: end - rest.readerIndex) ?? ""
            rest.moveReaderIndex(forwardBy: 1)
            if line.isEmpty {
                if let data { events.append(ServerEvent(name: name, data: data)) }
                (name, data) = ("", nil)
            } else if line.hasPrefix("event: ") {
                name = String(line.dropFirst(7))
            } else if line.hasPrefix("data: ") {
                data = String(line.dropFirst(6))
            }
        }
        rest.discardReadBytes()
        if rest.readableBytes > Self.longest { rest.clear() }
        return events
    }
}
