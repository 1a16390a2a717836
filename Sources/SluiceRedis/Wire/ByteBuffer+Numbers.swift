import NIOCore

extension ByteBuffer {
    /// The lowest bytes of a number, the lowest first.
    mutating func writeLittle(_ number: Int64, bytes: Int) {
        for byte in 0..<bytes { writeInteger(UInt8(truncatingIfNeeded: number >> Int64(8 * byte))) }
    }

    /// A number of up to 7 bytes, the lowest first; `nil` if there are fewer.
    mutating func readLittle(bytes: Int) -> Int64? {
        guard readableBytes >= bytes else { return nil }
        defer { moveReaderIndex(forwardBy: bytes) }
        // Where eight bytes are left, one load and a mask do.
        if let word = getInteger(at: readerIndex, endianness: .little, as: UInt64.self) {
            return Int64(word & (1 << UInt64(8 * bytes) - 1))
        }
        var number: Int64 = 0
        for byte in 0..<bytes {
            number |= Int64(getInteger(at: readerIndex + byte, as: UInt8.self) ?? 0) << Int64(8 * byte)
        }
        return number
    }

    /// A bulk string as requests have it.
    mutating func writeBulk(_ text: String) {
        writeString("$\(text.utf8.count)\r\n")
        writeString(text)
        writeStaticString("\r\n")
    }
}

extension LimitRecord {
    func write(into buffer: inout ByteBuffer) {
        let (algorithm, numbers) = written
        buffer.writeInteger(algorithm)
        for number in numbers { buffer.writeLittle(number, bytes: 7) }
    }
}
