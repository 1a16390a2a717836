internal import Foundation
internal import Sluice

extension PolicyFileReader {
    /// The keys that say what a rule's or an override's limit is.
    static let limitKeys = LimitForm.allCases.flatMap { [$0.rawValue] + $0.options }

    /// The limit that a rule's or an override's keys describe.
    /// - Parameter base: The limit that is overridden: what an override leaves unsaid, it says.
    func limit(_ fields: Fields, inheriting base: Limit?) -> Limit? {
        guard let form = form(fields) else { return nil }
        let reports = log.reports
        for other in LimitForm.allCases where other != form {
            for option in other.options {
                refuse(
                    option, in: fields,
                    because: "goes with '\(other.rawValue)', not with '\(form.rawValue)', in \(fields.subject)")
            }
        }
        guard let node = fields[form.rawValue] else { return nil }
        let limit: Limit? =
            switch form {
            case .limit: rate(node, fields, inheriting: base)
            case .debounce: debounce(node, fields, inheriting: base)
            case .cooldown: duration(node, "cooldown").map { .cooldown($0) }
            case .concurrency: concurrency(node, fields, inheriting: base)
            case .unlimited: unlimited(node)
            }
        return log.reports == reports ? limit : nil
    }

    /// The one form that is given.
    private func form(_ fields: Fields) -> LimitForm? {
        let given = LimitForm.allCases.filter { fields[$0.rawValue] != nil }
            .sorted { fields.position(of: $0.rawValue) < fields.position(of: $1.rawValue) }
        guard let first = given.first else {
            let keys = LimitForm.allCases.map { $0.rawValue.quoted }.joined(separator: ", ")
            log.report("\(fields.subject) has no limit: give it one of \(keys)", at: fields.position)
            return nil
        }
        for second in given.dropFirst() {
            let message = "\(fields.subject) has both '\(first.rawValue)' and '\(second.rawValue)'; make it two rules"
            log.report(message, at: fields.position(of: second.rawValue))
        }
        return first
    }

    private func debounce(_ node: YAMLNode, _ fields: Fields, inheriting base: Limit?) -> Limit? {
        let inherited = base?.algorithm == .debounce && base?.extends == true
        let extend = fields["extend"].flatMap { boolean($0, "extend") } ?? inherited
        return duration(node, "debounce").map { .debounce($0, extend: extend) }
    }

    private func concurrency(_ node: YAMLNode, _ fields: Fields, inheriting base: Limit?) -> Limit? {
        let inherited = base?.algorithm == .concurrency ? base?.period : nil
        let lease = fields["lease"].flatMap { duration($0, "lease") } ?? inherited ?? .seconds(30)
        return count(node, "concurrency").map { .concurrency($0, lease: lease) }
    }

    private func unlimited(_ node: YAMLNode) -> Limit? {
        guard let isUnlimited = boolean(node, "unlimited") else { return nil }
        if !isUnlimited { log.report("'unlimited: false' is no limit; leave it out", at: node.position) }
        return .unlimited
    }

    // MARK: So many per span

    private func rate(_ node: YAMLNode, _ fields: Fields, inheriting base: Limit?) -> Limit? {
        if node.text == "unlimited" {
            log.report("'unlimited' is a key of its own here: write 'unlimited: true'", at: node.position)
            return nil
        }
        let rate = parsed(node, "a limit such as '5 per 10s'") { text throws(TextFault) in try RateText(text) }
        let inherited = base.map { LimitForm($0.algorithm) == .limit ? $0.algorithm : .tokenBucket }
        guard let algorithm = fields["algorithm"].map(self.algorithm) ?? inherited ?? .tokenBucket else { return nil }
        if algorithm != .tokenBucket {
            refuse("burst", in: fields, because: "is what a token-bucket holds; \(algorithm.rawValue) has none")
        }
        if algorithm != .quota {
            refuse("timezone", in: fields, because: "is a quota's; \(algorithm.rawValue) counts spans of time")
        }
        let burst = fields["burst"].flatMap { count($0, "burst") }
        let zone = fields["timezone"].flatMap { timeZone($0) } ?? base?.timeZone ?? "UTC"
        guard let rate else { return nil }
        if algorithm == .quota { return quota(rate, in: zone, at: node.position) }
        guard let period = period(of: rate, at: node.position) else { return nil }
        return switch algorithm {
        case .slidingLog: .slidingLog(rate.count, per: period)
        case .slidingWindow: .slidingWindow(rate.count, per: period)
        case .fixedWindow: .fixedWindow(rate.count, per: period)
        default: .tokenBucket(rate.count, per: period, burst: burst)
        }
    }

    private func algorithm(_ node: YAMLNode) -> Limit.Algorithm? {
        let words = LimitForm.algorithms.map(\.rawValue)
        guard let text = text(node, "one of \(words.joined(separator: ", "))") else { return nil }
        guard let algorithm = Limit.Algorithm(rawValue: text) else {
            let message = "'algorithm' is one of \(words.joined(separator: ", ")), not \(text.quoted)"
            log.report(message, at: node.position, unknown: text, among: words)
            return nil
        }
        guard LimitForm(algorithm) == .limit else {
            let form = LimitForm(algorithm).rawValue
            log.report("'\(text)' is a key of its own: write '\(form):' in place of 'limit:'", at: node.position)
            return nil
        }
        return algorithm
    }

    private func quota(_ rate: RateText, in zone: String, at position: SourcePosition) -> Limit? {
        switch rate.period {
        case .calendar(let unit): return .quota(rate.count, per: unit, in: zone)
        case .span(let nanoseconds):
            let equivalent: [Int64: Limit.CalendarUnit] = [86_400_000_000_000: .day, 604_800_000_000_000: .week]
            let units = Limit.CalendarUnit.allCases.map(\.rawValue).joined(separator: ", ")
            let message = "a quota counts by one of \(units), not by \(rate.periodText.quoted)"
            let suggestion = equivalent[nanoseconds].map { "\(rate.count) per \($0.rawValue)" }
            log.report(message, at: position, suggesting: suggestion)
            return nil
        }
    }

    /// The length of a period; a day has 24 hours where no calendar is asked for.
    private func period(of rate: RateText, at position: SourcePosition) -> Duration? {
        switch rate.period {
        case .span(let nanoseconds): return .nanoseconds(nanoseconds)
        case .calendar(.day): return .days(1)
        case .calendar(.week): return .days(7)
        case .calendar(.month):
            log.report(
                "a month has no fixed length; write days, such as 30d, or 'algorithm: quota' for calendar months",
                at: position)
            return nil
        }
    }

    private func timeZone(_ node: YAMLNode) -> String? {
        guard let name = text(node, "a time zone such as Europe/Berlin") else { return nil }
        guard TimeZone(identifier: name) != nil else {
            let message = "unknown time zone \(name.quoted); use an IANA name such as Europe/Berlin"
            log.report(message, at: node.position, unknown: name, among: TimeZone.knownTimeZoneIdentifiers)
            return nil
        }
        return name
    }
}
