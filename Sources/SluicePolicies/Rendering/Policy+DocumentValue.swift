internal import Sluice

extension PolicyFile {
    /// The document that describes policies, with what has its default value left out.
    static func document(_ policies: [Policy]) -> DocumentValue {
        .map([("policies", .map(policies.map { ($0.name, $0.document) }))])
    }
}

/// The entries of a map in their order.
private typealias Entries = [(key: String, value: DocumentValue)]

extension Policy {
    fileprivate var document: DocumentValue {
        var entries: Entries = []
        if onStoreFailure != .local { entries.append(("on-store-failure", .word(onStoreFailure.rawValue))) }
        if isStrict { entries.append(("strict", .boolean(true))) }
        if let partition { entries.append(("partition", .text(partition.name))) }
        if !allow.isEmpty { entries.append(("allow", .list(allow.map(\.document)))) }
        if !deny.isEmpty { entries.append(("deny", .list(deny.map(\.document)))) }
        entries.append(("rules", .list(rules.map(\.document))))
        return .map(entries)
    }
}

extension Rule {
    var document: DocumentValue {
        var entries: Entries = [("name", .text(name)), ("by", .list(keys.map { .text($0.name) }))]
        entries += limit.entries(overriding: nil)
        if !condition.terms.isEmpty { entries.append(("when", condition.document)) }
        if !overrides.isEmpty {
            entries.append(("overrides", .list(overrides.map { $0.document(overriding: limit) })))
        }
        if !replaces.isEmpty { entries.append(("replaces", .list(replaces.map { .text($0) }))) }
        if mode != .enforce { entries.append(("mode", .word(mode.rawValue))) }
        if let penalty { entries.append(("penalty", penalty.document)) }
        if let cost { entries.append(("cost", .number(cost))) }
        if let onStoreFailure { entries.append(("on-store-failure", .word(onStoreFailure.rawValue))) }
        switch borrow {
        case .auto: entries.append(("borrow", .word("auto")))
        case .units(let units): entries.append(("borrow", .number(units)))
        case nil: break
        }
        return .map(entries)
    }
}

extension Rule.Override {
    fileprivate func document(overriding base: Limit) -> DocumentValue {
        .map([("when", condition.document)] + limit.entries(overriding: base))
    }
}

extension Condition {
    fileprivate var document: DocumentValue {
        .map(
            terms.map { term in
                let patterns = term.patterns.map { DocumentValue.text($0.text) }
                return (term.key.name, patterns.count == 1 ? patterns[0] : .list(patterns))
            })
    }
}

extension Limit {
    /// The keys that describe this limit, where what is unsaid means the default or, in an override, what `base` says.
    fileprivate func entries(overriding base: Limit?) -> Entries {
        switch LimitForm(algorithm) {
        case .limit: rateEntries(overriding: base)
        case .debounce:
            [("debounce", .word(DurationText.text(periodNanoseconds)))]
                + (extends || base?.extends == true ? [("extend", .boolean(extends))] : [])
        case .cooldown: [("cooldown", .word(DurationText.text(periodNanoseconds)))]
        case .concurrency:
            [("concurrency", .number(count)), ("lease", .word(DurationText.text(periodNanoseconds)))]
        case .unlimited: [("unlimited", .boolean(true))]
        }
    }

    private func rateEntries(overriding base: Limit?) -> Entries {
        var entries: Entries = [("limit", .word(rateText))]
        let implied = base.map { LimitForm($0.algorithm) == .limit ? $0.algorithm : .tokenBucket } ?? .tokenBucket
        if algorithm != implied { entries.append(("algorithm", .word(algorithm.rawValue))) }
        if burst != count { entries.append(("burst", .number(burst))) }
        if algorithm == .quota, let timeZone, timeZone != base?.timeZone ?? "UTC" {
            entries.append(("timezone", .text(timeZone)))
        }
        return entries
    }
}

extension Penalty {
    fileprivate var document: DocumentValue {
        if self == .onHold { return .map([("hold", .boolean(true))]) }
        var entries: Entries = []
        switch kind {
        case .ban(let duration, _): entries.append(("ban", .word(DurationText.text(duration.wholeNanoseconds))))
        case .shrink: entries.append(("shrink", .boolean(true)))
        }
        entries.append(("after", .number(Int64(denials))))
        if let window { entries.append(("within", .word(DurationText.text(window.wholeNanoseconds)))) }
        switch kind {
        case .ban(let duration, let maximum):
            guard maximum != duration else { break }
            entries.append(("max", .word(DurationText.text(maximum.wholeNanoseconds))))
        case .shrink(let recovery): entries.append(("recover", .word(DurationText.text(recovery.wholeNanoseconds))))
        }
        return .map(entries)
    }
}
