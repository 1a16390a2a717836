/// A command's name as two words and a length, small letters for capital ones: comparing it needs no loop.
@frozen
package struct CommandName: Hashable, Sendable {
    @usableFromInline let first: UInt64
    @usableFromInline let second: UInt64
    @usableFromInline let length: UInt8

    /// The longest name, in bytes.
    package static let maximumBytes = 16

    /// `nil` for an empty name or one that is longer than any command's.
    @inlinable
    package init?(_ bytes: UnsafeRawBufferPointer) {
        let count = bytes.count
        guard count > 0, count <= Self.maximumBytes, let base = bytes.baseAddress else { return nil }
        length = UInt8(truncatingIfNeeded: count)
        if count >= 8 {
            first = Self.lowercased(base.loadUnaligned(as: UInt64.self))
            // Repeats bytes of the first word unless the name has 16.
            second = Self.lowercased(base.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self))
        } else {
            var word: UInt64 = 0
            for byte in bytes { word = word &<< 8 | UInt64(byte) }
            first = Self.lowercased(word)
            second = 0
        }
    }

    /// The name of a command that is known when this is compiled.
    package init(_ name: StaticString) {
        let bytes = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        guard let name = CommandName(bytes) else { preconditionFailure("a name of 1 to 16 bytes") }
        self = name
    }

    /// Eight bytes at once; only the letters A to Z change.
    @inlinable
    static func lowercased(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let low7 = word & (0x7f &* ones)
        let isAtLeastA = low7 &+ ones &* (0x80 - 0x41)
        let isAboveZ = low7 &+ ones &* (0x80 - 0x5b)
        let isCapital = (isAtLeastA ^ isAboveZ) & ~word & (0x80 &* ones)
        return word | isCapital &>> 2
    }
}
