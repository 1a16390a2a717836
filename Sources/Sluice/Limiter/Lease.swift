/// A held slot of a policy's concurrency limits, until it is released or runs out.
///
/// Its text is a token in which no caller's name appears; whoever has it can renew and release it.
public struct Lease: Hashable, Sendable, LosslessStringConvertible {
    package let id: UInt64
    package let keys: [CellKey]
    private let durationNanoseconds: Int64

    private static let version: UInt8 = 1
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    init(id: UInt64, keys: [CellKey], durationNanoseconds: Int64) {
        self.id = id
        self.keys = keys
        self.durationNanoseconds = durationNanoseconds
    }

    /// For how long it is held unless it is renewed.
    public var duration: Duration { .nanoseconds(durationNanoseconds) }

    /// Reads a token; `nil` if it is not one.
    public init?(_ description: String) {
        guard let bytes = Self.decode(description), bytes.first == Self.version, bytes.count >= 33,
            (bytes.count - 17) % 16 == 0, bytes.count <= 17 + 16 * Policy.maximumRules
        else { return nil }
        func word(_ offset: Int) -> UInt64 { bytes[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        id = word(1)
        durationNanoseconds = Int64(bitPattern: word(9))
        keys = stride(from: 17, to: bytes.count, by: 16).map { CellKey(high: word($0), low: word($0 + 8)) }
    }

    /// The token: letters, digits, `-` and `_`.
    public var description: String {
        var bytes = [Self.version]
        for word in [id, UInt64(bitPattern: durationNanoseconds)] + keys.flatMap({ [$0.high, $0.low] }) {
            for shift in stride(from: UInt64(56), through: 0, by: -8) { bytes.append(UInt8(word >> shift & 0xff)) }
        }
        return Self.encode(bytes)
    }

    /// base64url without padding (RFC 4648, section 5).
    private static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var (buffer, bits): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> bits & 63)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (6 - bits) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    private static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (buffer, bits): (UInt32, UInt32) = (0, 0)
        for character in text.utf8 {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        // Bits left over must be zero, so that each lease has one text only.
        return bits < 6 && buffer & (1 << bits - 1) == 0 ? bytes : nil
    }
}
