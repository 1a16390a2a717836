/// The place of a key in a Redis Cluster: one of 16,384 slots, each of which belongs to one master at a time.
///
/// The slot is the CRC16 of the key, or of its hash tag, modulo 16,384: see "Key distribution model" and "Hash tags" of
/// the [cluster specification](https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/).
public struct HashSlot: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How many slots there are, in every cluster.
    public static let count = 16_384

    /// The number of the slot, 0 to 16,383.
    public let rawValue: UInt16

    /// A slot by its number, or nil if there is no such slot.
    public init?(_ number: Int) {
        guard number >= 0, number < Self.count else { return nil }
        rawValue = UInt16(number)
    }

    /// The slot of a key. Keys with the same text between their first `{` and the first `}` behind it share a slot.
    ///
    /// Complexity: linear in the length of the key or its tag.
    public init(key: String) {
        var key = key
        self = key.withUTF8 { HashSlot(key: UnsafeRawBufferPointer($0)) }
    }

    /// The slot of a key whose bytes lie in memory.
    public init(key: UnsafeRawBufferPointer) {
        rawValue = CRC16.checksum(Self.hashed(key)) & UInt16(Self.count - 1)
    }

    /// Slots are ordered by number.
    public static func < (left: HashSlot, right: HashSlot) -> Bool { left.rawValue < right.rawValue }

    /// The number.
    public var description: String { "\(rawValue)" }

    /// The part of a key that counts. An empty tag is none, and only the first `{` can open one.
    private static func hashed(_ key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let open = key.firstIndex(of: UInt8(ascii: "{")) else { return key }
        let behind = UnsafeRawBufferPointer(rebasing: key[(open + 1)...])
        guard let close = behind.firstIndex(of: UInt8(ascii: "}")), close > 0 else { return key }
        return UnsafeRawBufferPointer(rebasing: behind[..<close])
    }
}
