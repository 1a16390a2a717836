internal import Sluice

/// Turns names and tags into numbers that tell nothing of them to whoever has not the secret: SipHash of 128 bits.
///
/// Memory finds its entries by them, and a tier may use them in place of names.
public struct NameHasher: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64

    /// The hashes of a secret that all instances share; without one, names that can be guessed can be recognised.
    public init(secret: String?) {
        var secret = secret ?? ""
        let digest = secret.withUTF8 { KeyDigest.of(UnsafeRawBufferPointer($0)) }
        (high, low) = (digest.high, digest.low)
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Hashes that nobody else has.
    static func random() -> NameHasher {
        NameHasher(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
    }

    /// The 128 bits that stand for a name.
    public func digest(_ name: String) -> (high: UInt64, low: UInt64) {
        let secret = (high, low)
        // Without a copy, which would be counted and forgotten again.
        let digest = name.utf8.withContiguousStorageIfAvailable {
            KeyDigest.of(UnsafeRawBufferPointer($0), secret: secret)
        }
        if let digest { return digest }
        var name = name
        return name.withUTF8 { KeyDigest.of(UnsafeRawBufferPointer($0), secret: secret) }
    }

    /// The lower half of the digest, by which memory finds a name.
    @usableFromInline
    func hash(_ name: String) -> UInt64 { digest(name).low }
}
