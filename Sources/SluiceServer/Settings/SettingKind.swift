import RESP
import Sluice
package import SluiceHTTP
package import SluicePolicies

/// What can be said for a setting. Values are texts, wherever they come from; several are separated by commas.
package enum SettingKind: Sendable {
    /// `HOST:PORT`, `unix:PATH` or `off`.
    case address
    case number(ClosedRange<Int>)
    case path
    /// Any text of which the second part holds; the first says so.
    case text(String, isGood: @Sendable (String) -> Bool)
    /// One of these.
    case word([String])
    /// `true` or `false`.
    case flag
    case span(ClosedRange<Duration>)
    /// The URL of a Redis.
    case redis
    /// Addresses and networks.
    case networks
    /// A map of policies by name, which only a file has room for.
    case policies

    /// What stands for the value where usage is told.
    package var valueName: String {
        switch self {
        case .address: "address"
        case .number: "n"
        case .path: "file"
        case .text: "text"
        case .word(let words): words.count > 2 ? "word" : words.joined(separator: "|")
        case .flag: "true|false"
        case .span: "duration"
        case .redis: "url"
        case .networks: "networks"
        case .policies: "map"
        }
    }

    /// Throws what is wrong with a value. What may hold a password is not repeated.
    package func check(_ text: String) throws(TextFault) {
        switch self {
        case .address: try Self.address(text)
        case .number(let range): _ = try Self.number(text, in: range)
        case .path:
            if text.isEmpty { throw TextFault("a file has a path of at least one character") }
        case .text(let rule, let isGood):
            if !isGood(text) { throw TextFault("it has \(rule)") }
        case .word(let words):
            if !words.contains(text) {
                throw TextFault(
                    "\(text.quoted) is none of \(words.joined(separator: ", "))",
                    suggesting: NearestWord.suggestion(for: text, among: words))
            }
        case .flag: _ = try Self.flag(text)
        case .span(let range): _ = try Self.span(text, in: range)
        case .redis: try Self.redis(text)
        case .networks: _ = try Self.networks(text)
        case .policies: throw TextFault("only a file has room for it")
        }
    }

    /// A whole number.
    package static func number(_ text: String, in range: ClosedRange<Int>) throws(TextFault) -> Int {
        if let number = Int(text), range.contains(number) { return number }
        let bounds = range.upperBound == .max ? "" : " to \(range.upperBound)"
        throw TextFault("\(text.quoted) is not a whole number from \(range.lowerBound)\(bounds)")
    }

    /// `true` or `false`, as in a file.
    package static func flag(_ text: String) throws(TextFault) -> Bool {
        switch text {
        case "true": return true
        case "false": return false
        default:
            let word = text.lowercased()
            let isYes = ["1", "yes", "y", "on", "true"].contains(word)
            let isNo = ["0", "no", "n", "off", "false"].contains(word)
            throw TextFault("\(text.quoted) is not true or false", suggesting: isYes ? "true" : isNo ? "false" : nil)
        }
    }

    /// A span of time.
    package static func span(_ text: String, in range: ClosedRange<Duration>) throws(TextFault) -> Duration {
        if let nanoseconds = try? DurationText.parse(text) {
            let span = Duration.nanoseconds(nanoseconds)
            if range.contains(span) { return span }
        }
        let bounds = [range.lowerBound, range.upperBound].map { DurationText.text($0.wholeNanoseconds) }
        throw TextFault("\(text.quoted) is not a time from \(bounds[0]) to \(bounds[1]), such as 100ms or 1s")
    }

    /// The parts of a list.
    package static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Networks whose proxies are trusted.
    package static func networks(_ text: String) throws(TextFault) -> TrustedProxies {
        do { return try TrustedProxies(list(text)) } catch { throw TextFault("\(error)") }
    }

    private static func address(_ text: String) throws(TextFault) {
        do { _ = try ListenAddress.parse(text) } catch { throw TextFault(error.message) }
    }

    /// Its errors hold no password; the text may.
    private static func redis(_ text: String) throws(TextFault) {
        do { _ = try RedisConfiguration(url: text) } catch { throw TextFault(error.message) }
    }
}
