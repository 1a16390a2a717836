internal import Crypto
public import Foundation
public import HTTPTypes
public import Sluice

/// Tells whether a call of an EventSub webhook is from Twitch.
///
/// Source: Twitch's developer documentation, "Handling webhook events", verifying the event message.
public struct EventSubSignature: Sendable {
    /// A call of which Twitch says that it is older is refused: somebody may have recorded it.
    public static let oldestCall = Duration.minutes(10)

    private let key: SymmetricKey

    /// Checks against the secret that the subscription was made with, of 10 to 100 characters.
    public init(secret: String) { key = SymmetricKey(data: Data(secret.utf8)) }

    /// Whether a call is from Twitch and not too old. Comparing takes the same time wherever two signatures differ.
    ///
    /// Twitch may call twice with one message; its `Twitch-Eventsub-Message-Id` tells.
    public func isValid(_ fields: HTTPFields, _ body: Data, at now: Timestamp) -> Bool {
        guard let id = fields[.eventSubMessageID], let moment = fields[.eventSubTimestamp],
            let signature = fields[.eventSubSignature], signature.hasPrefix("sha256="),
            let code = Data(hexadecimal: signature.dropFirst(7)), let sent = Self.seconds(moment)
        else { return false }
        let age = now - Timestamp(seconds: sent)
        guard age <= Self.oldestCall, age >= .zero - Self.oldestCall else { return false }
        var message = Data(id.utf8)
        message.append(contentsOf: moment.utf8)
        message.append(body)
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: message, using: key)
    }

    /// What Twitch would sign a call with, for tests.
    public func sign(id: String, timestamp: String, _ body: Data) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data((id + timestamp).utf8) + body, using: key)
        return "sha256=" + code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// The whole seconds of a moment such as `2023-11-14T22:13:20.634234626Z`.
    private static func seconds(_ text: String) -> Int64? {
        guard text.hasSuffix("Z"), let date = try? Date(String(text.prefix(19)) + "Z", strategy: .iso8601) else {
            return nil
        }
        return Int64(date.timeIntervalSince1970)
    }
}

extension HTTPField.Name {
    /// The fields of an EventSub call that its signature covers.
    public static let eventSubMessageID = HTTPField.Name("Twitch-Eventsub-Message-Id")!
    public static let eventSubTimestamp = HTTPField.Name("Twitch-Eventsub-Message-Timestamp")!
    public static let eventSubSignature = HTTPField.Name("Twitch-Eventsub-Message-Signature")!
}

extension Data {
    fileprivate init?(hexadecimal text: Substring) {
        guard text.utf8.count % 2 == 0 else { return nil }
        self.init()
        var high: UInt8?
        for byte in text.utf8 {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue.map(UInt8.init) else { return nil }
            if let upper = high {
                append(upper << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
    }
}
