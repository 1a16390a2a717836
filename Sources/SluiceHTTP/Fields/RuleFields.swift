internal import HTTPTypes
package import Sluice

/// What answers say of a rule, put into bytes once, when its policy is looked up.
package final class RuleFields: Sendable {
    /// How much a limit grants and in which time, as `RateLimit-Policy` tells it.
    package struct Quota: Hashable, Sendable {
        package var amount: Int64
        /// Whole seconds; `nil` when there is no fixed window.
        package var windowSeconds: Int64?
        /// Whether it counts requests at the same time.
        package var isConcurrent = false
    }

    package let name: RuleName
    /// The name as a JSON string.
    package let json: [UInt8]
    /// The name as a string of structured fields (RFC 9651).
    package let structured: [UInt8]
    private let quotas: [Quota]
    /// The rule's own limit and the whole `RateLimit-Policy` of it, which most answers repeat.
    private let usual: (limit: Int64, field: HTTPField)?

    package init(_ rule: Rule) {
        name = RuleName(rule.name)
        json = ByteWriter.jsonString(rule.name)
        structured = ByteWriter.structuredString(rule.name)
        quotas = ([rule.limit] + rule.overrides.map(\.limit)).map(Quota.init)
        let limit = quotas[0].amount
        var text = ByteWriter()
        Self.writePolicy(structured, Self.quota(of: limit, among: quotas), into: &text)
        usual = (limit, HTTPField(name: .rateLimitPolicy, value: text.text))
    }

    /// A rule of which only the name is known, because its policy changed since.
    package init(_ name: RuleName) {
        self.name = name
        json = ByteWriter.jsonString(name.description)
        structured = ByteWriter.structuredString(name.description)
        quotas = []
        usual = nil
    }

    /// Writes an item of `RateLimit-Policy`, such as `"burst";q=100;w=60`.
    package func writePolicy(of limit: Int64, into buffer: inout ByteWriter) {
        Self.writePolicy(structured, Self.quota(of: limit, among: quotas), into: &buffer)
    }

    /// The whole `RateLimit-Policy` of a limit, if it was put together before.
    func policyField(of limit: Int64) -> HTTPField? { usual?.limit == limit ? usual?.field : nil }

    private static func writePolicy(_ name: [UInt8], _ quota: Quota, into buffer: inout ByteWriter) {
        buffer.write(name)
        buffer.write(";q=")
        buffer.writeDecimal(quota.amount.inStructuredFields)
        if let window = quota.windowSeconds {
            buffer.write(";w=")
            buffer.writeDecimal(window.inStructuredFields)
        }
        if quota.isConcurrent { buffer.write(";qu=\"concurrent-requests\"") }
    }

    /// The quota that a decision's limit stands for.
    ///
    /// An override or a penalty may have changed the numbers; the window is told only when it is beyond doubt.
    private static func quota(of limit: Int64, among quotas: [Quota]) -> Quota {
        var found: Quota?
        for quota in quotas where quota.amount == limit {
            if let found, found != quota { return Quota(amount: limit, windowSeconds: nil) }
            found = quota
        }
        return found ?? Quota(amount: limit, windowSeconds: nil)
    }
}

extension Int64 {
    /// An integer of structured fields has at most 15 digits (RFC 9651, section 3.3.1).
    var inStructuredFields: Int64 { Swift.min(self, 999_999_999_999_999) }
}

extension RuleFields.Quota {
    init(_ limit: Limit) {
        switch limit.algorithm {
        case .tokenBucket:
            // The whole bucket refills in burst × period ⁄ count.
            let (high, low) = limit.burst.magnitude.multipliedFullWidth(by: limit.periodNanoseconds.magnitude)
            let divisor = max(1, limit.count.magnitude)
            let nanoseconds = high < divisor ? Int64(clamping: divisor.dividingFullWidth((high, low)).quotient) : .max
            self.init(amount: limit.burst, windowSeconds: Self.wholeSeconds(nanoseconds))
        case .slidingLog, .slidingWindow, .fixedWindow, .cooldown, .debounce:
            self.init(amount: limit.count, windowSeconds: Self.wholeSeconds(limit.periodNanoseconds))
        case .quota:
            // A month has no fixed length.
            let seconds: Int64? =
                switch limit.calendarUnit {
                case .day: 86_400
                case .week: 604_800
                case .month, nil: nil
                }
            self.init(amount: limit.count, windowSeconds: seconds)
        case .concurrency: self.init(amount: limit.count, windowSeconds: nil, isConcurrent: true)
        case .unlimited: self.init(amount: limit.count, windowSeconds: nil)
        }
    }

    private static func wholeSeconds(_ nanoseconds: Int64) -> Int64 {
        max(1, nanoseconds.dividedRoundingUp(by: 1_000_000_000))
    }
}

extension ByteWriter {
    package static func jsonString(_ text: String) -> [UInt8] {
        var buffer = ByteWriter()
        buffer.writeJSONString(text)
        return Array(buffer.bytes)
    }

    /// A string of structured fields (RFC 9651, section 3.3.3), which is printable ASCII: every other byte is
    /// percent-encoded.
    package static func structuredString(_ text: String) -> [UInt8] {
        var buffer = ByteWriter()
        buffer.write(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                buffer.write(UInt8(ascii: "\\"))
                buffer.write(byte)
            case 0x20..<0x7F: buffer.write(byte)
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                buffer.write(string: byte < 16 ? "%0\(digits)" : "%\(digits)")
            }
        }
        buffer.write(UInt8(ascii: "\""))
        return Array(buffer.bytes)
    }
}
