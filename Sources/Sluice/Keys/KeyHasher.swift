/// SipHash with 128 bits of output and one compression and three finalization rounds.
///
/// A pseudo-random function of a secret: without the secret nobody can aim two callers at one cell, crowd a
/// shard, or read a name back from a key. Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF"
/// (2012), with the 128-bit finish of the authors' reference code.
///
/// Input is absorbed as whole words. A value before the last one is led by its length, so different lists of
/// values never absorb the same words.
struct KeyHasher: Hashable, Sendable {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    private var length: UInt64 = 0

    init(secret: (UInt64, UInt64)) {
        v0 = secret.0 ^ 0x736f_6d65_7073_6575
        v1 = secret.1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
        v2 = secret.0 ^ 0x6c79_6765_6e65_7261
        v3 = secret.1 ^ 0x7465_6462_7974_6573
    }

    /// Absorbs one word.
    @inline(__always)
    mutating func absorb(_ word: UInt64) {
        length &+= 8
        compress(word)
    }

    /// Absorbs a value that others follow.
    @inline(__always)
    mutating func absorb(_ bytes: UnsafeRawBufferPointer) {
        absorb(UInt64(truncatingIfNeeded: bytes.count))
        let tail = absorbWords(bytes)
        if bytes.count & 7 != 0 { absorb(tail) }
    }

    /// The key after the last value.
    @inline(__always)
    func finish(_ bytes: UnsafeRawBufferPointer) -> CellKey {
        var hasher = self
        let tail = hasher.absorbWords(bytes)
        return hasher.finish(tail: tail, count: bytes.count & 7)
    }

    /// The key when no value follows.
    @inline(__always)
    func finish() -> CellKey {
        var hasher = self
        return hasher.finish(tail: 0, count: 0)
    }

    /// Absorbs the whole words of `bytes` and returns the rest, the first byte lowest.
    @inline(__always)
    private mutating func absorbWords(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let count = bytes.count
        guard count > 0, let base = bytes.baseAddress else { return 0 }
        let whole = count & ~7
        var offset = 0
        while offset < whole {
            absorb(UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset &+= 8
        }
        return Self.tail(base + offset, count & 7)
    }

    /// Up to seven bytes as a word, read without a loop: the reads overlap and agree where they do.
    @inline(__always)
    private static func tail(_ base: UnsafeRawPointer, _ count: Int) -> UInt64 {
        if count >= 4 {
            let low = UInt64(UInt32(littleEndian: base.loadUnaligned(as: UInt32.self)))
            let high = UInt64(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)))
            return low | high &<< UInt64(truncatingIfNeeded: (count &- 4) &* 8)
        }
        guard count > 0 else { return 0 }
        let first = UInt64(base.load(as: UInt8.self))
        let middle = UInt64(base.load(fromByteOffset: count &>> 1, as: UInt8.self))
        let last = UInt64(base.load(fromByteOffset: count &- 1, as: UInt8.self))
        return first | middle &<< UInt64(truncatingIfNeeded: (count &>> 1) &* 8)
            | last &<< UInt64(truncatingIfNeeded: (count &- 1) &* 8)
    }

    @inline(__always)
    private mutating func finish(tail: UInt64, count: Int) -> CellKey {
        compress(tail | (length &+ UInt64(truncatingIfNeeded: count)) &<< 56)
        v2 ^= 0xee
        round(); round(); round()
        let low = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xdd
        round(); round(); round()
        return CellKey(high: (v0 ^ v1 ^ v2 ^ v3) & CellKey.highMask, low: low)
    }

    @inline(__always)
    private mutating func compress(_ word: UInt64) {
        v3 ^= word
        round()
        v0 ^= word
    }

    @inline(__always)
    private mutating func round() {
        v0 = v0 &+ v1
        v2 = v2 &+ v3
        v1 = v1 &<< 13 | v1 &>> 51
        v3 = v3 &<< 16 | v3 &>> 48
        v1 ^= v0
        v3 ^= v2
        v0 = v0 &<< 32 | v0 &>> 32
        v2 = v2 &+ v1
        v0 = v0 &+ v3
        v1 = v1 &<< 17 | v1 &>> 47
        v3 = v3 &<< 21 | v3 &>> 43
        v1 ^= v2
        v3 ^= v0
        v2 = v2 &<< 32 | v2 &>> 32
    }
}
