import NIOCore

/// Makes values of a reply that ``RESPValueScanner`` has found whole: every line in it ends, every string is as long as
/// it claims, every aggregate is complete, and none is nested deeper than its limit. On that rests that nothing here
/// checks for the end of the bytes, and that it may call itself.
struct RESPValueBuilder {
    let buffer: ByteBuffer
    let input: UnsafeRawBufferPointer
    private var position = 0

    init(buffer: ByteBuffer, input: UnsafeRawBufferPointer) {
        self.buffer = buffer
        self.input = input
    }

    /// The reply, or what was sent unasked.
    mutating func event() throws(ReplyViolation) -> RESPValueParser.Event {
        try skipAttributes()
        guard input[position] == UInt8(ascii: ">") else { return .value(try value()) }
        return .push(try values(length()))
    }

    private mutating func value() throws(ReplyViolation) -> RESPValue {
        try skipAttributes()
        switch input[position] {
        case UInt8(ascii: "$"): return string().map { .bulk($0) } ?? .null
        case UInt8(ascii: ":"):
            guard let value = Int64(decimal: line()) else { throw .invalidNumber }
            return .integer(value)
        case UInt8(ascii: "+"): return .simple(String(decoding: line(), as: UTF8.self))
        case UInt8(ascii: "-"): return .error(RESPErrorReply(String(decoding: line(), as: UTF8.self)))
        case UInt8(ascii: "*"):
            let count = length()
            return count < 0 ? .null : .array(try values(count))
        case UInt8(ascii: "~"): return .set(try values(length()))
        case UInt8(ascii: "%"): return .map(try pairs(length()))
        case UInt8(ascii: "!"): return .error(RESPErrorReply(string().map { String(buffer: $0) } ?? ""))
        case UInt8(ascii: "="): return try verbatim()
        default: return try scalar()
        }
    }

    private mutating func scalar() throws(ReplyViolation) -> RESPValue {
        let mark = input[position]
        let line = line()
        switch mark {
        case UInt8(ascii: "_"):
            guard line.isEmpty else { throw .invalidNumber }
            return .null
        case UInt8(ascii: "#"):
            guard line.count == 1, line[0] == UInt8(ascii: "t") || line[0] == UInt8(ascii: "f") else {
                throw .invalidNumber
            }
            return .boolean(line[0] == UInt8(ascii: "t"))
        case UInt8(ascii: ","):
            guard let value = Self.double(String(decoding: line, as: UTF8.self)) else { throw .invalidNumber }
            return .double(value)
        default:
            let hasSign = line.first == UInt8(ascii: "-") || line.first == UInt8(ascii: "+")
            let digits = hasSign ? line.dropFirst() : line[...]
            guard !digits.isEmpty, digits.allSatisfy({ $0 &- 0x30 < 10 }) else { throw .invalidNumber }
            return .bigNumber(String(decoding: line, as: UTF8.self))
        }
    }

    /// Redis writes `inf`, `-inf` and `nan`; of what Swift reads besides, hexadecimal and long words are refused.
    private static func double(_ text: String) -> Double? {
        switch text {
        case "inf", "+inf": return .infinity
        case "-inf": return -.infinity
        case "nan", "-nan": return .nan
        default:
            let isDecimal = text.utf8.allSatisfy { byte in
                byte &- 0x30 < 10 || "+-.eE".utf8.contains(byte)
            }
            return isDecimal ? Double(text) : nil
        }
    }

    private mutating func verbatim() throws(ReplyViolation) -> RESPValue {
        guard var bytes = string(), let format = bytes.readString(length: 3),
            bytes.readInteger(as: UInt8.self) == UInt8(ascii: ":")
        else { throw .invalidLength }
        return .verbatim(format: format, bytes)
    }

    private mutating func skipAttributes() throws(ReplyViolation) {
        while input[position] == UInt8(ascii: "|") {
            for _ in 0..<2 * length() { _ = try value() }
        }
    }

    private mutating func values(_ count: Int) throws(ReplyViolation) -> [RESPValue] {
        var values: [RESPValue] = []
        // All of them are there, three bytes at least each.
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try value()) }
        return values
    }

    private mutating func pairs(_ count: Int) throws(ReplyViolation) -> [RESPValue.Pair] {
        var pairs: [RESPValue.Pair] = []
        pairs.reserveCapacity(count)
        for _ in 0..<count {
            let key = try value()
            pairs.append(RESPValue.Pair(key, try value()))
        }
        return pairs
    }

    /// The rest of the line behind its mark.
    private mutating func line() -> UnsafeRawBufferPointer {
        let start = position + 1
        var end = start
        while input[end] != 0x0d { end += 1 }
        position = end + 2
        return UnsafeRawBufferPointer(rebasing: input[start..<end])
    }

    /// The number behind a mark; the scanner has seen that it is one.
    private mutating func length() -> Int {
        var index = position + 1
        var value = 0
        while input[index] &- 0x30 < 10 {
            value = value &* 10 &+ Int(input[index] &- 0x30)
            index += 1
        }
        if index == position + 1 {
            _ = line()
            return -1
        }
        position = index + 2
        return value
    }

    private mutating func string() -> ByteBuffer? {
        let count = length()
        guard count >= 0 else { return nil }
        let start = position
        position += count + 2
        return buffer.getSlice(at: buffer.readerIndex + start, length: count)
    }
}
