/// Splits an inline command as Redis does (`sdssplitargs`): at spaces, with `"…"` and its escapes and `'…'`.
///
/// Words are written one after the other to `output`, which has to be as long as the line: no word is longer
/// than what it is written as.
struct InlineWords {
    private let line: UnsafeRawBufferPointer
    private let output: UnsafeMutableRawBufferPointer
    private var index = 0
    private var written = 0
    private(set) var isBalanced = true

    init(line: UnsafeRawBufferPointer, output: UnsafeMutableRawBufferPointer) {
        precondition(output.count >= line.count)
        self.line = line
        self.output = output
    }

    /// The next word, or `nil` at the end or where quotes do not match.
    mutating func next() -> Request.Place? {
        while index < line.count, Self.isSpace(line[index]) { index += 1 }
        guard index < line.count else { return nil }
        let start = written
        while index < line.count {
            let byte = line[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard quoted(by: byte) else {
                    isBalanced = false
                    return nil
                }
                return Request.Place(offset: start, length: written - start)
            case 0x20, 0x0a, 0x0d, 0x09, 0x00:
                return Request.Place(offset: start, length: written - start)
            default: put(byte)
            }
        }
        return Request.Place(offset: start, length: written - start)
    }

    /// Reads to the closing quote, which has to end the word.
    private mutating func quoted(by quote: UInt8) -> Bool {
        while index < line.count {
            let byte = line[index]
            index += 1
            if byte == quote { return index == line.count || Self.isSpace(line[index]) }
            if byte == UInt8(ascii: "\\"), index < line.count {
                if quote == UInt8(ascii: "\"") {
                    escape()
                    continue
                }
                if line[index] == quote {
                    index += 1
                    put(quote)
                    continue
                }
            }
            put(byte)
        }
        return false
    }

    private mutating func escape() {
        if line[index] == UInt8(ascii: "x"), index + 2 < line.count,
            let high = Self.hexValue(line[index + 1]), let low = Self.hexValue(line[index + 2])
        {
            index += 3
            put(high << 4 | low)
            return
        }
        let byte = line[index]
        index += 1
        switch byte {
        case UInt8(ascii: "n"): put(0x0a)
        case UInt8(ascii: "r"): put(0x0d)
        case UInt8(ascii: "t"): put(0x09)
        case UInt8(ascii: "b"): put(0x08)
        case UInt8(ascii: "a"): put(0x07)
        default: put(byte)
        }
    }

    private mutating func put(_ byte: UInt8) {
        output[written] = byte
        written += 1
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
