/// What Telegram sends with each update to prove that it is Telegram. It is never printed.
public struct WebhookSecret: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    /// A secret of 1 to 256 letters, digits, `_` and `-`, as `setWebhook` takes it.
    /// - Throws: ``TelegramError/Code/malformedSecret``.
    public init(_ text: String) throws(TelegramError) {
        let isAllowed = text.utf8.allSatisfy { byte in
            switch UInt8(byte) {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
            default: false
            }
        }
        guard isAllowed, (1...256).contains(text.utf8.count) else {
            throw TelegramError(
                .malformedSecret,
                "A webhook's secret has 1 to 256 characters of A-Z, a-z, 0-9, '_' and '-': "
                    + "'openssl rand -hex 32' makes one.")
        }
        bytes = Array(text.utf8)
    }

    /// The secret itself, for `setWebhook`.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether somebody knows it. How long it takes depends on what he says, not on how much of it is right.
    public func matches(_ said: String?) -> Bool {
        guard let said else { return false }
        var difference: UInt64 = 0
        var index = 0
        for byte in said.utf8 {
            difference |= UInt64(byte ^ bytes[index % bytes.count])
            index &+= 1
        }
        difference |= UInt64(truncatingIfNeeded: index ^ bytes.count)
        return difference == 0
    }

    public var description: String { "(a webhook's secret)" }

    /// Nothing: a secret has no parts to be dumped.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
