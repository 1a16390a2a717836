package import Sluice

extension Limit {
    /// The count and its period: `5 per 10s`, `1000 per month`.
    var rateText: String {
        "\(count) per \(calendarUnit?.rawValue ?? DurationText.text(periodNanoseconds))"
    }

    /// The limit in words, for tables: `5 per 10s, burst 8`, `20 per 1h (sliding-log)`, `cooldown 10s`.
    package var words: String {
        switch algorithm {
        case .tokenBucket: burst == count ? rateText : "\(rateText), burst \(burst)"
        case .slidingLog, .slidingWindow, .fixedWindow: "\(rateText) (\(algorithm.rawValue))"
        case .quota: "\(rateText) in \(timeZone ?? "UTC") (quota)"
        case .cooldown: "cooldown \(DurationText.text(periodNanoseconds))"
        case .debounce: "debounce \(DurationText.text(periodNanoseconds))\(extends ? ", extended by repeats" : "")"
        case .concurrency: "\(count) at once, lease \(DurationText.text(periodNanoseconds))"
        case .unlimited: "unlimited"
        }
    }
}

extension Penalty {
    /// The penalty in words, for tables: `ban 15m up to 1d after 1 denial`.
    package var words: String {
        if self == .onHold { return "held by hand" }
        let denied = "after \(denials) denial\(denials == 1 ? "" : "s")"
        let span = window.map { " within \(DurationText.text($0.wholeNanoseconds))" } ?? ""
        switch kind {
        case .ban(let duration, let maximum):
            let most = maximum == duration ? "" : " up to \(DurationText.text(maximum.wholeNanoseconds))"
            return "ban \(DurationText.text(duration.wholeNanoseconds))\(most) \(denied)\(span)"
        case .shrink(let recovery):
            return "shrink \(denied)\(span), recovers each \(DurationText.text(recovery.wholeNanoseconds))"
        }
    }
}

extension Condition {
    /// The condition in words, for tables: `user=vip-*, path=/a*|/b`.
    package var words: String {
        terms.map { "\($0.key)=\($0.patterns.map(\.text).joined(separator: "|"))" }.joined(separator: ", ").printable
    }
}
