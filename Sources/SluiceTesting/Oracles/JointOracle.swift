package import Sluice

/// Requests of several descriptors and what becomes of them, by nothing but counting.
///
/// Its policies have fixed windows, so that what was used is a number; some are shadows, some alternatives, one has two
/// rules and one a list.
package struct JointOracle {
    /// One descriptor of a request.
    package struct Part: Sendable, CustomStringConvertible {
        package var policy: String
        package var user: String
        package var cost: Int64

        package init(policy: String, user: String, cost: Int64) {
            self.policy = policy
            self.user = user
            self.cost = cost
        }

        package var descriptor: Descriptor { [.user: user] }
        package var description: String { "\(policy) \(user) \(cost)" }
    }

    /// What a request is told, as far as this oracle knows.
    package struct Answer: Equatable, Sendable {
        package var isAllowed: Bool
        package var parts: [Bool]

        package init(isAllowed: Bool, parts: [Bool]) {
            self.isAllowed = isAllowed
            self.parts = parts
        }

        /// What a limiter has told.
        package init(_ decision: JointDecision) {
            self.init(isAllowed: decision.isAllowed, parts: decision.parts.map(\.decision.isAllowed))
        }
    }

    private struct Cell: Hashable {
        var policy: String
        var rule: Int
        var user: String
        var window: Int64
    }

    private static let window = Duration.seconds(10)
    /// Denied by its policy's list.
    private static let unwanted = "unwanted"

    package let policies: [Policy]
    private var random: SplitMix64
    private var used: [Cell: Int64] = [:]

    package init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var policies: [Policy] = []
        for name in ["a", "b", "c", "d", "e", "f"] {
            var rules: [Rule] = []
            for place in 0..<(name == "f" ? 2 : 1) {
                let limit = Limit.fixedWindow(random.number(in: 1...6), per: Self.window)
                var rule = Rule("\(name)\(place)", by: .user, limit)
                if name == "c" { rule.mode = .shadow }
                rule.isAlternative = name == "d" || name == "e"
                rules.append(rule)
            }
            policies.append(
                Policy(name, rules: rules, deny: name == "a" ? [[.user: Pattern(Self.unwanted)]] : []))
        }
        self.policies = policies
        self.random = random
    }

    /// A request of one to six parts, some of them about the same cell.
    package mutating func request() -> [Part] {
        (0..<Int(random.number(in: 1...6))).map { _ in
            Part(
                policy: random.pick(policies).name,
                user: random.chance(3) ? Self.unwanted : random.pick(["u", "v"]), cost: random.number(in: 0...2))
        }
    }

    /// How long nothing happens, in milliseconds.
    package mutating func pause() -> Int64 { random.chance(20) ? random.number(in: 1...5_000) : 0 }

    /// What a request is told, charging it.
    package mutating func answer(_ parts: [Part], at now: Timestamp) -> Answer {
        var costs: [Cell: Int64] = [:]
        for part in parts where !isListed(part) {
            for cell in cells(part, now) { costs[cell, default: 0] += part.cost }
        }
        let passes = Dictionary(
            uniqueKeysWithValues: costs.map { cell, cost in
                (cell, used[cell, default: 0] + cost <= rule(cell).limit.count)
            })
        let isDenied = parts.contains { isListed($0) } || Self.denies(passes.map { (rule($0.key), $0.value) })
        if !isDenied { for (cell, cost) in costs where passes[cell] == true { used[cell, default: 0] += cost } }
        let told = parts.map { part in
            !isListed(part) && !Self.denies(cells(part, now).map { (rule($0), passes[$0] ?? true) })
        }
        return Answer(isAllowed: !isDenied, parts: told)
    }

    private static func denies(_ charges: [(rule: Rule, passes: Bool)]) -> Bool {
        let alternatives = charges.filter(\.rule.isAlternative)
        if !alternatives.isEmpty, alternatives.allSatisfy({ !$0.passes }) { return true }
        return charges.contains { !$0.passes && $0.rule.mode == .enforce && !$0.rule.isAlternative }
    }

    private func isListed(_ part: Part) -> Bool { part.policy == "a" && part.user == Self.unwanted }

    private func cells(_ part: Part, _ now: Timestamp) -> [Cell] {
        let window = now.nanoseconds / Self.window.wholeNanoseconds
        let rules = policies.first { $0.name == part.policy }?.rules ?? []
        return rules.indices.map { Cell(policy: part.policy, rule: $0, user: part.user, window: window) }
    }

    private func rule(_ cell: Cell) -> Rule {
        guard let policy = policies.first(where: { $0.name == cell.policy }) else {
            preconditionFailure("a cell of no policy")
        }
        return policy.rules[cell.rule]
    }
}
