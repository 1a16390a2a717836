import Sluice
import SluicePolicies

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Policies as a table: a line for each rule, and one below it for each of its overrides.
struct ConfigTable {
    private let rows: [[String]]

    private static let titles = ["POLICY", "RULE", "BY", "LIMIT", "WHEN", "MODE", "MORE"]

    init(_ policies: [Policy]) {
        rows = policies.flatMap(Self.rows)
    }

    /// The table; a column that would be empty is left out.
    var text: String { AlignedTable(titles: Self.titles, rows: rows).text() }

    private static func rows(_ policy: Policy) -> [[String]] {
        var rows = policy.rules.flatMap { Self.rows($0, of: policy) }
        for (list, conditions) in [("allow", policy.allow), ("deny", policy.deny)] where !conditions.isEmpty {
            let words = conditions.map(\.words).joined(separator: "; ")
            rows.append([policy.name, "(\(list) list)", "", "", words, "", ""])
        }
        return rows
    }

    private static func rows(_ rule: Rule, of policy: Policy) -> [[String]] {
        let keys = rule.keys.isEmpty ? "(all)" : rule.keys.map(\.name).joined(separator: ", ")
        let more = Self.more(rule, of: policy)
        let first = [
            policy.name, rule.name, keys, rule.limit.words, rule.condition.words, rule.mode.rawValue, more,
        ]
        return [first] + rule.overrides.map { ["", "", "", $0.limit.words, $0.condition.words, "", ""] }
    }

    /// What else a rule says.
    private static func more(_ rule: Rule, of policy: Policy) -> String {
        var words: [String] = []
        if !rule.replaces.isEmpty { words.append("replaces \(rule.replaces.joined(separator: ", "))") }
        if let penalty = rule.penalty { words.append(penalty.words) }
        if let cost = rule.cost { words.append("cost \(cost)") }
        let failure = rule.onStoreFailure ?? policy.onStoreFailure
        if failure != .local { words.append("on store failure \(failure.rawValue)") }
        return words.joined(separator: "; ")
    }
}

extension StandardStream {
    /// Whether colours help: a person reads along, on a terminal that has them, and has not asked for none
    /// (https://no-color.org).
    var showsColors: Bool {
        func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
        return isTerminal && variable("NO_COLOR").isEmpty && variable("TERM") != "dumb"
    }
}
