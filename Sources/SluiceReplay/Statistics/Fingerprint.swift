/// 64 bits that stand for a value in the tables of a replay.
///
/// Not keyed: a replay reads a file, and an entry that somebody made collide costs a miscount, not a limit.
enum Fingerprint {
    /// Multiply and fold, eight bytes at a time (the construction of wyhash and of Go's map hash).
    @inline(__always)
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let count = bytes.count
        guard count > 0, let base = bytes.baseAddress else { return mix(seed, 0) }
        var state = seed ^ UInt64(truncatingIfNeeded: count)
        var offset = 0
        while offset + 8 <= count {
            state = mix(state ^ base.loadUnaligned(fromByteOffset: offset, as: UInt64.self), secret)
            offset += 8
        }
        var tail: UInt64 = 0
        while offset < count {
            tail = tail << 8 | UInt64(base.load(fromByteOffset: offset, as: UInt8.self))
            offset += 1
        }
        return mix(state ^ tail, seed)
    }

    /// One value out of two.
    @inline(__always)
    static func combine(_ a: UInt64, _ b: UInt64) -> UInt64 { mix(a ^ seed, b ^ secret) }

    @inline(__always)
    private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    private static let seed: UInt64 = 0x9e37_79b9_7f4a_7c15
    private static let secret: UInt64 = 0xd6e8_feb8_6659_fd93
}
