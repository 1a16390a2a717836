/// The hash of keys for what is no key of a request: secrets that are given as text.
package enum KeyDigest {
    /// 127 bits that stand for the bytes.
    package static func of(_ bytes: UnsafeRawBufferPointer) -> (high: UInt64, low: UInt64) {
        let key = KeyHasher(secret: (0, 0)).finish(bytes)
        return (key.high, key.low)
    }

    /// 127 bits that stand for the bytes to those who have the secret, and tell others nothing.
    package static func of(
        _ bytes: UnsafeRawBufferPointer, secret: (UInt64, UInt64)
    ) -> (high: UInt64, low: UInt64) {
        let key = KeyHasher(secret: secret).finish(bytes)
        return (key.high, key.low)
    }
}
