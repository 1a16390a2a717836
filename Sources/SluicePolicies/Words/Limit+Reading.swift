package import Sluice

extension Limit {
    /// Other numbers for a limit, as a policy file writes them: `50 per 10s`, for a token bucket also
    /// `50 per 10s, burst 80`; `9` slots of a concurrency limit; `5s` of a gap.
    /// - Throws: ``TextFault`` with what is wrong.
    package func reading(_ text: String) throws(TextFault) -> Limit {
        switch algorithm {
        case .concurrency: return .concurrency(try CountText.parse(text), lease: period)
        case .cooldown: return .cooldown(.nanoseconds(try DurationText.parse(text)))
        case .debounce: return .debounce(.nanoseconds(try DurationText.parse(text)), extend: extends)
        case .unlimited: throw TextFault("an unlimited rule has no numbers to change")
        case .tokenBucket, .slidingLog, .slidingWindow, .fixedWindow, .quota: return try readingRate(text)
        }
    }

    private func readingRate(_ text: String) throws(TextFault) -> Limit {
        let parts = text.split(separator: ",", maxSplits: 1).map { $0.trimmingPrefix { $0.isWhitespace } }
        let rate = try RateText(String(parts.first ?? ""))
        var burst: Int64?
        if parts.count > 1 {
            guard algorithm == .tokenBucket, parts[1].hasPrefix("burst ") else {
                throw TextFault(
                    "'\(parts[1])' means nothing here; write '5 per 10s', for a token bucket also ', burst 8'")
            }
            burst = try CountText.parse(parts[1].dropFirst(6))
        }
        if algorithm == .quota {
            guard case .calendar(let unit) = rate.period else {
                throw TextFault("a quota is per day, week or month", suggesting: "\(rate.count) per day")
            }
            return .quota(rate.count, per: unit, in: timeZone ?? "UTC")
        }
        let nanoseconds: Int64
        switch rate.period {
        case .span(let span): nanoseconds = span
        case .calendar(let unit): nanoseconds = try DurationText.parse("1 \(unit.rawValue)")
        }
        let span = Duration.nanoseconds(nanoseconds)
        switch algorithm {
        case .slidingLog: return .slidingLog(rate.count, per: span)
        case .slidingWindow: return .slidingWindow(rate.count, per: span)
        case .fixedWindow: return .fixedWindow(rate.count, per: span)
        default: return .tokenBucket(rate.count, per: span, burst: burst)
        }
    }
}
