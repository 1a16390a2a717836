#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A place in bytes that lie still, moving forward; every read is checked against the end.
///
/// It neither owns nor copies: slices that it returns point into the same bytes.
struct ByteCursor {
    private(set) var position: UnsafeRawPointer
    let end: UnsafeRawPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        // An empty buffer may have no address; any will do, because nothing is read from it.
        position = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
        end = position + bytes.count
    }

    @inline(__always)
    var isAtEnd: Bool { position == end }

    @inline(__always)
    var remaining: Int { end - position }

    @inline(__always)
    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: position, count: remaining) }

    /// The next byte, or 0 at the end: no format here gives meaning to a zero byte.
    @inline(__always)
    var next: UInt8 { isAtEnd ? 0 : position.load(as: UInt8.self) }

    /// The byte at a distance from here, or 0 beyond the end.
    @inline(__always)
    func peek(_ distance: Int) -> UInt8 {
        distance < remaining ? position.load(fromByteOffset: distance, as: UInt8.self) : 0
    }

    @inline(__always)
    mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte, !isAtEnd else { return false }
        position += 1
        return true
    }

    /// Moves on by `count` bytes, which must be there.
    @inline(__always)
    mutating func advance(_ count: Int) {
        assert(count <= remaining)
        position += count
    }

    @inline(__always)
    mutating func skipSpaces() {
        while !isAtEnd, next == 0x20 || next == 0x09 { position += 1 }
    }

    /// The bytes before the next `byte`, which is passed over; `nil`, without moving, if there is none.
    @inline(__always)
    mutating func take(until byte: UInt8) -> UnsafeRawBufferPointer? {
        guard let found = find(byte) else { return nil }
        let slice = UnsafeRawBufferPointer(start: position, count: found - position)
        position = found + 1
        return slice
    }

    /// The next word, which for want of another is short: a loop beats a call.
    @inline(__always)
    mutating func takeWord() -> UnsafeRawBufferPointer? {
        var found = position
        while found != end, found.load(as: UInt8.self) != 0x20 { found += 1 }
        guard found != end else { return nil }
        let slice = UnsafeRawBufferPointer(start: position, count: found - position)
        position = found + 1
        return slice
    }

    /// The bytes of a quoted text up to its closing quote, where `\` escapes the byte after it.
    ///
    /// The opening quote has been passed; escapes are left as they are.
    mutating func takeQuoted() -> UnsafeRawBufferPointer? {
        var search = self
        while let quote = search.find(0x22) {
            var backslashes = 0
            while quote - backslashes > position, (quote - backslashes - 1).load(as: UInt8.self) == 0x5c {
                backslashes += 1
            }
            search.position = quote + 1
            if backslashes % 2 == 0 {
                let slice = UnsafeRawBufferPointer(start: position, count: quote - position)
                position = quote + 1
                return slice
            }
        }
        return nil
    }

    /// Exactly `count` decimal digits as a number.
    @inline(__always)
    mutating func takeNumber(digits count: Int) -> Int64? {
        guard remaining >= count else { return nil }
        var value: Int64 = 0
        for offset in 0..<count {
            let digit = position.load(fromByteOffset: offset, as: UInt8.self) &- 0x30
            guard digit <= 9 else { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        position += count
        return value
    }

    @inline(__always)
    private func find(_ byte: UInt8) -> UnsafeRawPointer? {
        guard !isAtEnd else { return nil }
        return memchr(position, Int32(byte), remaining).map { UnsafeRawPointer($0) }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these are the bytes of `text`.
    @inline(__always)
    func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount
            && memcmp(baseAddress ?? UnsafeRawPointer(text.utf8Start), text.utf8Start, count) == 0
    }

    /// Whether the other bytes are the same.
    @inline(__always)
    func equals(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard count > 0, let mine = baseAddress, let theirs = other.baseAddress else { return true }
        return memcmp(mine, theirs, count) == 0
    }

    /// The part without spaces and tabs at both ends.
    var trimmed: UnsafeRawBufferPointer {
        var first = 0
        var last = count
        while first < last, self[first] == 0x20 || self[first] == 0x09 { first += 1 }
        while last > first, self[last - 1] == 0x20 || self[last - 1] == 0x09 { last -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[first..<last])
    }

    /// The text, with what is not UTF-8 replaced.
    var text: String { String(decoding: self, as: UTF8.self) }
}
