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
        let head = isList ? layout.listHead : layout.bucketHead
        // Room for all of it at once spares the looking after each part.
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: head.count + 24) { room in
            head.withUnsafeBytes { room.copyMemory(from: $0) }
            var digits = DigitWriter(room, from: head.count)
            digits.write(UInt64(layout.tag(of: key)), bytes: 1)
            digits.write("}:")
            digits.write(UInt64(bucket), bytes: 2)
            if isList { digits.write(key.high, bytes: 7) }
            digits.write("\r\n")
            return digits.count
        }
    }
}

/// Writes the end of a key where there is room for it.
private struct DigitWriter {
    /// The two digits of each byte, the first one in the upper half.
    private static let digits: [UInt16] = (0..<256).map { byte in
        let digits = Array("0123456789abcdef".utf8)
        return UInt16(digits[byte >> 4]) << 8 | UInt16(digits[byte & 0xf])
    }

    private let room: UnsafeMutableRawBufferPointer
    private(set) var count: Int

    init(_ room: UnsafeMutableRawBufferPointer, from count: Int) {
        self.room = room
        self.count = count
    }

    /// The lowest bytes of a number, in lower case, two digits each.
    mutating func write(_ number: UInt64, bytes: Int) {
        for byte in (0..<bytes).reversed() {
            let pair = Self.digits[Int(truncatingIfNeeded: number >> UInt64(8 * byte) & 0xff)]
            room.storeBytes(of: pair.bigEndian, toByteOffset: count, as: UInt16.self)
            count += 2
        }
    }

    mutating func write(_ text: StaticString) {
        UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(
            from: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        count += text.utf8CodeUnitCount
    }
}
