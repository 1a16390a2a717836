#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The value of `Date`, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7), made once a second.
struct HTTPDate {
    private var second: Int = .min
    private var text: [UInt8] = []

    /// The present date.
    mutating func now() -> [UInt8] { at(time(nil)) }

    /// The date that many seconds after 1970-01-01T00:00:00Z.
    mutating func at(_ second: Int) -> [UInt8] {
        if second != self.second {
            self.second = second
            text = Array(Self.format(second).utf8)
        }
        return text
    }

    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func format(_ second: Int) -> String {
        var moment = time_t(second)
        var parts = tm()
        gmtime_r(&moment, &parts)
        let day = days[((second / 86_400) % 7 + 7) % 7]
        let clock = "\(twoDigits(parts.tm_hour)):\(twoDigits(parts.tm_min)):\(twoDigits(parts.tm_sec))"
        let month = months[Int(parts.tm_mon)]
        return "\(day), \(twoDigits(parts.tm_mday)) \(month) \(1_900 + Int(parts.tm_year)) \(clock) GMT"
    }

    private static func twoDigits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
