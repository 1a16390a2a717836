internal import Sluice

/// The rule of a zone, which may have other numbers in each place, or apply in some only.
struct NginxSpread {
    var rule: Rule
    var remarks: [String] = []

    /// What the rule's conditions look at beside its keys, and where a proxy's request has it.
    var values: [(key: String, value: String)] {
        let conditions = [rule.condition] + rule.overrides.map(\.condition)
        return [("path", "path"), ("host", "host")].filter { value in
            conditions.contains { $0.terms.contains { $0.key.name == value.0 } }
        }
    }

    /// - Parameters:
    ///   - places: In order; the first that matches is the one, and the last matches always.
    ///   - limits: The zone's limit in each place; `nil` where it does not apply.
    init(_ name: String, by keys: [DescriptorKey], _ places: [NginxPlace], _ limits: [Limit?]) {
        let lastUsed = limits.lastIndex { $0 != nil } ?? 0
        let applies = places.indices.filter { limits[$0] != nil }
        let base = limits[lastUsed] ?? .unlimited
        rule = Rule(name, by: keys, base)
        let hosts = Set(applies.map { places[$0].hosts })
        if limits.last == .some(nil) {
            if hosts.count == 1, applies.allSatisfy({ !places[$0].paths.isEmpty || !places[$0].hosts.isEmpty }) {
                rule.condition = Self.condition(places, applies)
            } else {
                rule.limit = .unlimited
                remarks.append("Without a limit where no override says one.")
            }
        }
        let isUnlimited = rule.limit == .unlimited
        let isEverywhere = rule.condition.terms.isEmpty
        for index in places.indices.dropLast(isEverywhere ? 1 : 0) {
            let limit = limits[index] ?? .unlimited
            if limits[index] == nil, !isEverywhere || isUnlimited {
                // Only what would be taken by a later place of the zone needs an exception.
                guard applies.contains(where: { $0 > index && Self.overlap(places[index], places[$0]) }) else {
                    continue
                }
            }
            let condition = Self.condition(places, [index])
            guard !condition.terms.isEmpty else { continue }
            rule.overrides.append(Rule.Override(condition, limit))
        }
        while let last = rule.overrides.last, last.limit == rule.limit { rule.overrides.removeLast() }
    }

    /// The hosts of these places, which are the same, and the paths of all of them.
    private static func condition(_ places: [NginxPlace], _ indices: [Int]) -> Condition {
        var terms: [Condition.Term] = []
        if let hosts = indices.first.map({ places[$0].hosts }), !hosts.isEmpty {
            terms.append(Condition.Term("host", hosts.map { Pattern($0) }))
        }
        let paths = indices.contains { places[$0].paths.isEmpty } ? [] : indices.flatMap { places[$0].paths }
        if !paths.isEmpty {
            let unique = paths.reduce(into: [String]()) { all, path in if !all.contains(path) { all.append(path) } }
            terms.append(Condition.Term(.path, unique.map { Pattern($0) }))
        }
        return Condition(terms)
    }

    private static func overlap(_ a: NginxPlace, _ b: NginxPlace) -> Bool {
        func mayMeet(_ a: [String], _ b: [String]) -> Bool {
            a.isEmpty || b.isEmpty || a.contains { one in b.contains { Pattern(one).mayOverlap(Pattern($0)) } }
        }
        return mayMeet(a.hosts, b.hosts) && mayMeet(a.paths, b.paths)
    }
}
