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

    package init(_ rule: Rule) {
        name = RuleName(rule.name)
        json = ByteWriter.jsonString(rule.name)
        structured = ByteWriter.structuredString(rule.name)
        quotas = ([rule.limit] + rule.overrides.map(\.limit)).map(Quota.init)
    }

    /// A rule of which only the name is known, because its policy changed since.
    package init(_ name: RuleName) {
        self.name = name
        json = ByteWriter.jsonString(name.description)
        structured = ByteWriter.structuredString(name.description)
        quotas = []
    }

    /// The quota that a decision's limit stands for.
    ///
    /// An override or a penalty may have changed the numbers; the window is told only when it is beyond doubt.
    package func quota(of limit: Int64) -> Quota {
        var found: Quota?
        for quota in quotas where quota.amount == limit {
            if let found, found != quota { return Quota(amount: limit, windowSeconds: nil) }
            found = quota
        }
        return found ?? Quota(amount: limit, windowSeconds: nil)
    }
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
