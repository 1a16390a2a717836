/// Writes replies of either version of the protocol, one after the other, into memory that it owns and reuses.
///
/// Invariants, on which the unsafe writes rest: `count` is at most `capacity`, and `storage` has `capacity`
/// bytes. Every write reserves before it stores.
package struct ReplyWriter: ~Copyable {
    @usableFromInline var storage: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    /// How many bytes have been written.
    package var count: Int { @inlinable get { length } }
    @usableFromInline var length = 0
    /// The version that the client asked for.
    package var version = RESPVersion.two

    /// Memory beyond this is given back when the writer is emptied.
    package static let keptBytes = 64 << 10

    package init() {
        capacity = Self.keptBytes
        storage = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { storage.deallocate() }

    /// What has been written; valid until the next write.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage, count: length) }

    /// Forgets what has been written.
    package mutating func removeAll() {
        length = 0
        guard capacity > Self.keptBytes else { return }
        storage.deallocate()
        capacity = Self.keptBytes
        storage = .allocate(byteCount: capacity, alignment: 16)
    }

    @inlinable
    mutating func reserve(_ bytes: Int) {
        if length &+ bytes > capacity { grow(bytes) }
    }

    @usableFromInline
    mutating func grow(_ bytes: Int) {
        let larger = max(capacity * 2, length + bytes)
        let grown = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        grown.copyMemory(from: storage, byteCount: length)
        storage.deallocate()
        storage = grown
        capacity = larger
    }

    @inlinable
    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        guard let base = bytes.baseAddress else { return }
        (storage + length).copyMemory(from: base, byteCount: bytes.count)
        length &+= bytes.count
    }

    @inlinable
    mutating func put(_ text: StaticString) {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inlinable
    mutating func putLineEnd() {
        reserve(2)
        (storage + length).storeBytes(of: UInt16(0x0a0d).littleEndian, as: UInt16.self)
        length &+= 2
    }

    /// A type's mark, a number and a line's end.
    @inlinable
    mutating func putLine(_ mark: UInt8, _ value: Int64) {
        reserve(Self.longestNumberLine)
        length &+= Self.store(mark, value, at: storage + length)
    }

    /// `?-9223372036854775808\r\n`, rounded up to whole words because short numbers are stored as one.
    @usableFromInline static let longestNumberLine = 24

    /// Stores a line into at least ``longestNumberLine`` bytes and returns its length.
    @inlinable
    static func store(_ mark: UInt8, _ value: Int64, at target: UnsafeMutableRawPointer) -> Int {
        if value >= 0, value < 10 {
            let line = UInt32(mark) | (0x30 &+ UInt32(truncatingIfNeeded: value)) &<< 8 | 0x0a0d_0000
            target.storeBytes(of: line.littleEndian, as: UInt32.self)
            return 4
        }
        if value >= 10, value < 100 {
            let tens = (UInt64(truncatingIfNeeded: value) &* 205) &>> 11
            let ones = UInt64(truncatingIfNeeded: value) &- tens &* 10
            let line = UInt64(mark) | (0x30 &+ tens) &<< 8 | (0x30 &+ ones) &<< 16 | 0x0a0d_0000 &<< 8
            target.storeBytes(of: line.littleEndian, as: UInt64.self)
            return 5
        }
        return storeLong(mark, value, at: target)
    }

    @usableFromInline
    static func storeLong(_ mark: UInt8, _ value: Int64, at target: UnsafeMutableRawPointer) -> Int {
        target.storeBytes(of: mark, as: UInt8.self)
        var position = 1
        if value < 0 {
            target.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 1, as: UInt8.self)
            position = 2
        }
        var rest = value.magnitude
        var digits = 1
        var bound: UInt64 = 10
        // Ends at 19 digits: the largest magnitude, 2⁶³, has no more, and `bound` must not overflow.
        while digits < 19, rest >= bound {
            digits += 1
            bound = digits < 19 ? bound &* 10 : bound
        }
        var index = position + digits
        while index > position {
            index -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            target.storeBytes(of: 0x30 &+ UInt8(truncatingIfNeeded: digit), toByteOffset: index, as: UInt8.self)
            rest = quotient
        }
        target.storeBytes(of: UInt16(0x0a0d).littleEndian, toByteOffset: position + digits, as: UInt16.self)
        return position + digits + 2
    }
}
