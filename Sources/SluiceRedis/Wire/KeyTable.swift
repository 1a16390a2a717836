import NIOCore
import Sluice

/// The keys of one call, each once, in the bytes that go to Redis.
struct KeyTable {
    private let layout: KeyLayout
    /// The buckets and lists that have a place, and which. They are few, and a walk over numbers that lie side by
    /// side is faster than hashing one.
    private var buckets: [UInt16] = []
    private var bucketPlaces: [UInt16] = []
    private var lists: [CellKey] = []
    private var listPlaces: [UInt16] = []
    private(set) var bytes = ByteBuffer()
    private(set) var count = 0

    init(_ layout: KeyLayout) { self.layout = layout }

    /// The place, from 1, of the bucket that a cell lies in.
    mutating func place(ofBucket key: CellKey) -> UInt16 {
        let bucket = layout.bucket(of: key)
        if let index = buckets.lastIndex(of: bucket) { return bucketPlaces[index] }
        write(key, bucket: bucket, isList: false)
        count += 1
        buckets.append(bucket)
        bucketPlaces.append(UInt16(count))
        return UInt16(count)
    }

    /// The place, from 1, of a cell's log or leases.
    mutating func place(ofList key: CellKey) -> UInt16 {
        if let index = lists.lastIndex(of: key) { return listPlaces[index] }
        write(key, bucket: layout.bucket(of: key), isList: true)
        count += 1
        lists.append(key)
        listPlaces.append(UInt16(count))
        return UInt16(count)
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
