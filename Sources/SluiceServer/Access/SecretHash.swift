#if TLS
import Crypto
#endif

/// The SHA-256 of a secret: what is kept of it.
///
/// Secrets are long and random, so nobody finds one by hashing guesses, and a hash that is slow on purpose would only
/// make each request slow.
package struct SecretHash: Sendable {
    /// The fewest characters of a secret; a shorter one could be guessed.
    package static let minimumCharacters = 16
    /// The most bytes of a secret.
    package static let maximumBytes = 256
    /// How many hexadecimal digits it is written with.
    package static let digits = 64

    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// The hash of a secret; `nil` in a build without the trait TLS, which knows no users.
    package init?(of secret: UnsafeRawBufferPointer) {
        #if TLS
        var hash = SHA256()
        hash.update(bufferPointer: secret)
        words = hash.finalize().withUnsafeBytes { bytes in
            func word(_ index: Int) -> UInt64 {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            }
            return (word(0), word(1), word(2), word(3))
        }
        #else
        return nil
        #endif
    }

    /// The hash of a secret; `nil` in a build without the trait TLS.
    package init?(of secret: String) {
        var secret = secret
        guard let hash = secret.withUTF8({ SecretHash(of: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = hash
    }

    /// The hash that is written with 64 hexadecimal digits.
    package init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count == Self.digits, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
            return nil
        }
        func word(_ index: Int) -> UInt64? {
            UInt64(String(decoding: digits[(index * 16)..<(index * 16 + 16)], as: UTF8.self), radix: 16)
        }
        guard let first = word(0), let second = word(1), let third = word(2), let fourth = word(3) else { return nil }
        words = (first, second, third, fourth)
    }

    /// The hash in 64 hexadecimal digits.
    package var hexadecimal: String {
        [words.0, words.1, words.2, words.3].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// All bits if two hashes are the same, none otherwise; in the same time for all.
    @inline(__always)
    func mask(of other: SecretHash) -> UInt64 {
        let difference =
            (words.0 ^ other.words.0) | (words.1 ^ other.words.1) | (words.2 ^ other.words.2)
            | (words.3 ^ other.words.3)
        // The top bit of a number or of its negative is set unless it is 0.
        return ((difference | (0 &- difference)) >> 63) &- 1
    }
}
