import Sluice

extension ByteWriter {
    /// Writes seconds with up to three decimals, rounded up: who waits this long has waited long enough, and a
    /// millisecond less is too short.
    package mutating func writeSeconds(_ duration: Duration) {
        let milliseconds = duration.millisecondsRoundedUp
        writeDecimal(milliseconds / 1_000)
        let rest = milliseconds % 1_000
        guard rest > 0 else { return }
        write(UInt8(ascii: "."))
        var divisor: Int64 = 100
        var left = rest
        while left > 0 {
            write(UInt8(ascii: "0") + UInt8(left / divisor))
            left %= divisor
            divisor /= 10
        }
    }

    /// Writes a string with its quotes and escapes.
    package mutating func writeJSONString(_ text: String) {
        write(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            for (index, byte) in bytes.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F {
                write(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start..<index]))
                writeEscape(of: byte)
                start = index + 1
            }
            write(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start...]))
        }
        write(UInt8(ascii: "\""))
    }

    private mutating func writeEscape(of byte: UInt8) {
        switch byte {
        case 0x22: write("\\\"")
        case 0x5C: write("\\\\")
        case 0x0A: write("\\n")
        case 0x0D: write("\\r")
        case 0x09: write("\\t")
        default:
            write("\\u00")
            for digit in [byte >> 4, byte & 15] {
                write(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }

    /// Writes `,"name":`.
    @inlinable @inline(__always)
    package mutating func writeJSONName(_ name: StaticString) {
        write(",\"")
        write(name)
        write("\":")
    }

    /// Writes `["a","b"]`.
    @inlinable
    package mutating func writeJSONArray<Element>(
        _ elements: some Sequence<Element>, _ writeElement: (inout ByteWriter, Element) -> Void
    ) {
        write(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { write(UInt8(ascii: ",")) }
            isFirst = false
            writeElement(&self, element)
        }
        write(UInt8(ascii: "]"))
    }
}
