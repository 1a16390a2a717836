import NIOCore
import Sluice

/// The keys of one call, each once, in the bytes that go to Redis.
struct KeyTable {
    private enum Key: Hashable {
        case bucket(UInt16)
        case list(CellKey)
    }

    private let layout: KeyLayout
    private var places: [Key: UInt16] = [:]
    private(set) var bytes = ByteBuffer()
    private(set) var count = 0

    init(_ layout: KeyLayout) { self.layout = layout }

    /// The place, from 1, of the bucket that a cell lies in.
    mutating func place(ofBucket key: CellKey) -> UInt16 {
        let bucket = layout.bucket(of: key)
        if let place = places[.bucket(bucket)] { return place }
        write(key, bucket: bucket, isList: false)
        return note(.bucket(bucket))
    }

    /// The place, from 1, of a cell's log or leases.
    mutating func place(ofList key: CellKey) -> UInt16 {
        if let place = places[.list(key)] { return place }
        write(key, bucket: layout.bucket(of: key), isList: true)
        return note(.list(key))
    }

    private mutating func note(_ key: Key) -> UInt16 {
        count += 1
        let place = UInt16(count)
        places[key] = place
        return place
    }

    private mutating func write(_ key: CellKey, bucket: UInt16, isList: Bool) {
        // prefix ":{" 2 digits "}:" 4 digits, and 14 digits of the field
        bytes.writeString("$\(layout.prefix.utf8.count + 10 + (isList ? 14 : 0))\r\n")
        bytes.writeString(layout.prefix)
        bytes.writeStaticString(":{")
        bytes.writeHexadecimal(UInt64(layout.tag(of: key)), digits: 2)
        bytes.writeStaticString("}:")
        bytes.writeHexadecimal(UInt64(bucket), digits: 4)
        if isList { bytes.writeHexadecimal(key.high, digits: 14) }
        bytes.writeStaticString("\r\n")
    }
}

extension ByteBuffer {
    /// The lowest digits of a number, in lower case.
    fileprivate mutating func writeHexadecimal(_ number: UInt64, digits: Int) {
        for digit in (0..<digits).reversed() {
            let value = UInt8(truncatingIfNeeded: number >> UInt64(4 * digit) & 0xf)
            writeInteger(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10)
        }
    }
}
