public import NIOCore

/// Writes commands as Redis reads them: arrays of strings, one after the other into one buffer.
///
/// Each command begins with ``command(_:arguments:)``, which says how many arguments follow.
public struct RequestWriter: Sendable {
    /// What has been written.
    public private(set) var buffer: ByteBuffer
    /// Commands begun, and so replies to come.
    public private(set) var commands = 0

    /// Writes behind what a buffer holds.
    public init(buffer: ByteBuffer = ByteBuffer()) { self.buffer = buffer }

    /// Begins a command of one word and says how many arguments follow.
    public mutating func command(_ name: StaticString, arguments: Int) {
        commands += 1
        line(UInt8(ascii: "*"), 1 + arguments)
        argument(name)
    }

    /// Begins a command of two words and says how many arguments follow both.
    public mutating func command(_ name: StaticString, _ second: StaticString, arguments: Int) {
        commands += 1
        line(UInt8(ascii: "*"), 2 + arguments)
        argument(name)
        argument(second)
    }

    /// A word that is known beforehand.
    public mutating func argument(_ text: StaticString) {
        bytes(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Text.
    public mutating func argument(_ text: String) {
        line(UInt8(ascii: "$"), text.utf8.count)
        buffer.writeString(text)
        lineEnd()
    }

    /// A whole number, as its digits.
    public mutating func argument(_ number: some FixedWidthInteger) {
        // Short strings need no memory of their own.
        argument(String(number))
    }

    /// Bytes.
    public mutating func argument(_ bytes: ByteBuffer) {
        line(UInt8(ascii: "$"), bytes.readableBytes)
        buffer.writeImmutableBuffer(bytes)
        lineEnd()
    }

    /// Bytes.
    public mutating func argument(_ bytes: some Collection<UInt8>) {
        line(UInt8(ascii: "$"), bytes.count)
        buffer.writeBytes(bytes)
        lineEnd()
    }

    /// Several texts.
    public mutating func arguments(_ texts: [String]) {
        for text in texts { argument(text) }
    }

    /// A command, word by word.
    ///
    /// - Precondition: There is a word.
    public mutating func words(_ words: [String]) {
        precondition(!words.isEmpty, "a command has a name")
        commands += 1
        line(UInt8(ascii: "*"), words.count)
        arguments(words)
    }

    /// A command that has been written already.
    public mutating func append(_ request: ByteBuffer, commands: Int = 1) {
        self.commands += commands
        buffer.writeImmutableBuffer(request)
    }

    private mutating func bytes(_ bytes: UnsafeRawBufferPointer) {
        line(UInt8(ascii: "$"), bytes.count)
        buffer.writeBytes(bytes)
        lineEnd()
    }

    private mutating func line(_ mark: UInt8, _ count: Int) {
        // The mark, up to 19 digits and a line's end, written where they belong, one reservation for all.
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 24) { target in
            guard let base = target.baseAddress else { return 0 }
            return ReplyWriter.store(mark, Int64(count), at: base)
        }
    }

    private mutating func lineEnd() { buffer.writeInteger(UInt16(0x0d0a)) }
}
