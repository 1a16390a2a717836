import Sluice
import SluiceTesting

/// Random policies that use everything a policy file can say.
struct PolicyGenerator {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func policies() -> [Policy] {
        names(1...4).map { policy($0) }
    }

    private mutating func policy(_ name: String) -> Policy {
        let names = names(1...6)
        var rules = names.map { rule($0) }
        for index in rules.indices where random.chance(20) {
            rules[index].replaces = names.filter { $0 != names[index] && random.chance(50) }
        }
        let partition: DescriptorKey? = random.chance(30) ? .user : nil
        if let partition {
            for index in rules.indices where !rules[index].keys.contains(partition) {
                rules[index].keys.append(partition)
            }
        }
        return Policy(
            name, rules: rules, allow: conditions(), deny: conditions(), isStrict: random.chance(30),
            onStoreFailure: random.pick(StoreFailure.allCases), partition: partition)
    }

    private mutating func rule(_ name: String) -> Rule {
        let keys = names(0...3).map { DescriptorKey($0) }
        var rule = Rule(
            name, by: keys, limit(), when: random.chance(40) ? condition() : [:],
            overrides: (0..<random.pick([0, 0, 1, 3])).map { _ in Rule.Override(condition(), limit()) },
            mode: random.pick(Rule.Mode.allCases), penalty: random.chance(30) ? penalty() : nil,
            cost: random.chance(30) ? random.number(in: 1...1_000) : nil,
            onStoreFailure: random.chance(30) ? random.pick(StoreFailure.allCases) : nil)
        rule.borrow = random.pick([nil, .auto, .units(random.number(in: 1...1_000))])
        if rule.borrowingFault != nil { rule.borrow = nil }
        return rule
    }

    private mutating func limit() -> Limit {
        let count = random.number(in: 1...1_000)
        switch random.pick(Limit.Algorithm.allCases) {
        case .tokenBucket:
            return .tokenBucket(count, per: span(), burst: random.chance(50) ? random.number(in: 1...1_000) : nil)
        case .slidingLog: return .slidingLog(count, per: span())
        case .slidingWindow: return .slidingWindow(count, per: span())
        case .fixedWindow: return .fixedWindow(count, per: span())
        case .quota:
            let zone = random.pick(["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu"])
            return .quota(count, per: random.pick(Limit.CalendarUnit.allCases), in: zone)
        case .cooldown: return .cooldown(span())
        case .debounce: return .debounce(span(), extend: random.chance(50))
        case .concurrency: return .concurrency(count, lease: span())
        case .unlimited: return .unlimited
        }
    }

    private mutating func penalty() -> Penalty {
        if random.chance(10) { return .onHold }
        let denials = Int(random.number(in: 1...16_383))
        let window = random.chance(50) ? span() : nil
        if random.chance(50) { return .shrink(after: denials, within: window, recovery: span()) }
        let ban = span()
        return .ban(ban, after: denials, within: window, maximum: random.chance(50) ? ban + span() : nil)
    }

    private mutating func conditions() -> [Condition] {
        random.chance(30) ? (0..<random.pick([1, 2])).map { _ in condition() } : []
    }

    private mutating func condition() -> Condition {
        Condition(
            names(1...3).map { key in
                Condition.Term(DescriptorKey(key), (0..<random.pick([1, 1, 2, 4])).map { _ in pattern() })
            })
    }

    private mutating func pattern() -> Pattern {
        let patterns = [
            "*", "vip-*", "10.0.0.0/8", "2001:db8::/32", "/a*/b*", "null", "", " ", "#", "- x", "042", "1e3",
        ]
        return Pattern(random.chance(60) ? random.pick(patterns) : text())
    }

    /// Nanoseconds to months, of every order of magnitude: short enough that no burst takes a hundred years.
    private mutating func span() -> Duration {
        .nanoseconds(random.number(in: 1...(1 << random.number(in: 1...50))))
    }

    private mutating func names(_ count: ClosedRange<Int64>) -> [String] {
        var names: [String] = []
        for _ in 0..<random.number(in: count) {
            let name = text()
            if !name.isEmpty, !names.contains(name) { names.append(name) }
        }
        return names.isEmpty && count.lowerBound > 0 ? ["only"] : names
    }

    /// Words, and texts that YAML would take for something else.
    ///
    /// No byte order mark: Yams loses one that begins a value, whether it is escaped or not.
    private mutating func text() -> String {
        let words = [
            "chat", "login", "true", "no", "null", "~", "42", "0x1f", "<<", "a: b", "a #b", "'", "\"", "\\", "-", "?",
        ]
        if random.chance(60) { return random.pick(words) }
        let scalars: [Unicode.Scalar] = [
            "a", "Z", "7", " ", "*", "&", "!", "%", "@", "`", "{", "]", ",", ":", "#", "|", "é", "日", "😀",
            "\u{e000}", "\u{2028}",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<random.number(in: 1...8) { text.append(random.pick(scalars)) }
        return String(text)
    }
}
