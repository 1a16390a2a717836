extension JSONScanner {
    /// Takes a string and gives its bytes, which are valid UTF-8: in the text itself when it has no escape.
    @inline(__always)
    mutating func string() throws(RequestFault) -> UnsafeRawBufferPointer {
        try require(UInt8(ascii: "\""))
        let start = position
        var isASCII = true
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
                guard isASCII || text.isValidUTF8 else { throw Self.notUTF8(start) }
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw unexpected("an escape such as \\n, not a bare control character,") }
            if byte >= 0x80 { isASCII = false }
            position += 1
        }
        throw unexpected("the end of a string")
    }

    private mutating func escapedString(from start: Int) throws(RequestFault) -> UnsafeRawBufferPointer {
        var text = unescaped.takeUnretainedValue().begin(textLength: bytes.count)
        text.append(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                let whole = unescaped.takeUnretainedValue().finish(text)
                guard whole.isValidUTF8 else { throw Self.notUTF8(start) }
                return whole
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &text)
            case 0..<0x20:
                throw unexpected("an escape such as \\n, not a bare control character,")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw unexpected("the end of a string")
    }

    private mutating func escape(into text: inout JSONScratch.Text) throws(RequestFault) {
        guard let byte = current else { throw unexpected("the rest of an escape") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            position += 1
            text.append(try escapedScalar())
            return
        default: throw unexpected("one of \" \\ / b f n r t u")
        }
        position += 1
    }

    /// After `\u`: four hexadecimal digits, and for a high surrogate the low one that must follow.
    private mutating func escapedScalar() throws(RequestFault) -> Unicode.Scalar {
        let first = try hexadecimalUnit()
        if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
        guard first < 0xDC00, current == UInt8(ascii: "\\") else {
            throw unexpected("the other half of a surrogate pair")
        }
        position += 1
        guard current == UInt8(ascii: "u") else { throw unexpected("the other half of a surrogate pair") }
        position += 1
        let second = try hexadecimalUnit()
        guard second & 0xFC00 == 0xDC00 else { throw unexpected("a whole surrogate pair") }
        let value = 0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32(second & 0x3FF))
        return Unicode.Scalar(value)! // 0x10000...0x10FFFF: no surrogate can come out
    }

    private mutating func hexadecimalUnit() throws(RequestFault) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Self.hexadecimalDigit(byte) else {
                throw unexpected("four hexadecimal digits")
            }
            unit = unit << 4 | digit
            position += 1
        }
        return unit
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    private static func notUTF8(_ start: Int) -> RequestFault {
        .malformed("The string at byte \(start) is not valid UTF-8, which JSON must be.")
    }
}
