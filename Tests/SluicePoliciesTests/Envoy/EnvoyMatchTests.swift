import SluicePolicies
import SluiceTesting
import Testing

@Suite("Which limit of envoyproxy/ratelimit's files applies")
struct EnvoyMatchTests {
    private static let tree = """
        domain: d
        descriptors:
          - {key: plain, rate_limit: {unit: second, requests_per_unit: 1}}
          - {key: plain, value: b*, rate_limit: {unit: second, requests_per_unit: 2}}
          - {key: plain, value: "*r", rate_limit: {unit: second, requests_per_unit: 3}}
          - {key: plain, value: bar, rate_limit: {unit: second, requests_per_unit: 4}}
          - {key: plain, value: "m*d*e", rate_limit: {unit: second, requests_per_unit: 5}}
          - {key: placeholder, value: open}
          - {key: placeholder, rate_limit: {unit: second, requests_per_unit: 6}}
          - key: nested
            value: in
            rate_limit: {unit: second, requests_per_unit: 7}
            descriptors:
              - {key: sub, value: x, rate_limit: {unit: second, requests_per_unit: 8}}
          - key: nested
            descriptors:
              - {key: sub, rate_limit: {unit: second, requests_per_unit: 9}}
          - {key: free, rate_limit: {unlimited: true}}
          - {key: a, value: b_c, rate_limit: {unit: second, requests_per_unit: 10}}
        """

    @Test(
        "is said by the exact value, then by wildcards in order, then by the key alone, without a way back",
        arguments: [
            ("plain=x", 1), ("plain=", 1), ("plain=baz", 2), ("plain=bir", 2), ("plain=car", 3), ("plain=bar", 4),
            ("plain=b*", 2), ("plain=*r", 3), ("plain=mde", 5), ("plain=maddle", 5), ("plain=me", 1), ("plain=mdf", 1),
            ("plain=Bar", 3), ("Plain=bar", nil), ("other=bar", nil), ("plain=x&plain=x", nil), ("", nil),
            // An exact value without a limit lets pass what the key alone would limit.
            ("placeholder=open", nil), ("placeholder=shut", 6),
            // As many entries as the path has, and none is gone back on.
            ("nested=in", 7), ("nested=in&sub=x", 8), ("nested=in&sub=y", nil), ("nested=out", nil),
            ("nested=out&sub=y", 9), ("nested=in&sub=x&more=1", nil), ("sub=x", nil), ("sub=x&nested=in", nil),
            ("free=1", 0),
            // envoyproxy/ratelimit would take these for `a` = `b_c`.
            ("a=b_c", 10), ("a_b=c", nil),
        ] as [(String, UInt32?)])
    func order(_ request: String, _ requestsPerUnit: UInt32?) throws {
        let entries = request.split(separator: "&").map { entry in
            let halves = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return (key: halves[0], value: halves[1])
        }
        switch try envoy(Self.tree).match(domain: "d", entries) {
        case .limit(let limit, _): #expect(limit.requestsPerUnit == requestsPerUnit)
        case .none: #expect(requestsPerUnit == nil)
        case .unknownDomain: Issue.record("the domain is unknown")
        }
    }

    @Test("is said of domains that are known, byte by byte")
    func domains() throws {
        let one = "descriptors: [{key: k, rate_limit: {unit: second, requests_per_unit: 1}}]"
        let configuration = try EnvoyConfiguration([
            ("a.yaml", "domain: caf\u{e9}\n\(one)"), ("b.yaml", "domain: cafe\u{301}\n"),
        ])
        #expect(configuration.domains.count == 2)
        #expect(configuration.match(domain: "other", [("k", "1")]) == .unknownDomain)
        #expect(configuration.match(domain: "cafe\u{301}", [("k", "1")]) == .none)
        #expect(
            configuration.match(domain: "caf\u{e9}", [("k", "1")])
                == .limit(configuration.limits[0], counted: ["1"]))
    }

    @Test("is what trying everything finds", arguments: 0..<60)
    func oracle(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var forest = EnvoyForest()
        let descriptors = forest.grow(depth: 3, &random)
        let yaml = "domain: d\ndescriptors:\(EnvoyForest.yaml(descriptors))"
        let configuration = try envoy(yaml)
        #expect(configuration.limits.count == forest.count)
        for _ in 0..<200 {
            let entries = EnvoyForest.request(&random)
            let found = configuration.match(domain: "d", entries)
            guard let expected = EnvoyForest.search(descriptors, entries[...]) else {
                #expect(found == .none, "seed \(seed), \(entries)\n\(yaml)")
                continue
            }
            guard case .limit(let limit, let counted) = found else {
                Issue.record("seed \(seed), \(entries): nothing instead of \(expected)\n\(yaml)")
                continue
            }
            #expect(limit.requestsPerUnit == expected.number, "seed \(seed), \(entries)\n\(yaml)")
            #expect(counted == expected.counted, "seed \(seed), \(entries)\n\(yaml)")
            #expect(limit.keys.count == counted.count)
        }
    }
}

/// Random trees of descriptors, and a search in them that tries every descriptor of a level in turn.
struct EnvoyForest {
    struct Descriptor {
        let key: String
        let value: String
        let shares: Bool
        let number: UInt32?
        let children: [Descriptor]
    }

    private(set) var count = 0

    private static let keys = ["a", "b"]
    private static let values = ["", "x", "xy", "yx", "x*", "*", "*y", "x*y", "*x*", "**y"]

    mutating func grow(depth: Int, _ random: inout SplitMix64) -> [Descriptor] {
        var taken: Set<[String]> = []
        return (0..<Int.random(in: 1...6, using: &random)).compactMap { _ in
            let (key, value) = (Self.keys.randomElement(using: &random)!, Self.values.randomElement(using: &random)!)
            guard taken.insert([key, value]).inserted else { return nil }
            var number: UInt32?
            if Int.random(in: 0..<3, using: &random) > 0 {
                count += 1
                number = UInt32(count)
            }
            let hasChildren = depth > 1 && Bool.random(using: &random)
            return Descriptor(
                key: key, value: value, shares: value.contains("*") && Bool.random(using: &random), number: number,
                children: hasChildren ? grow(depth: depth - 1, &random) : [])
        }
    }

    static func yaml(_ descriptors: [Descriptor], margin: String = "\n") -> String {
        descriptors.map { descriptor in
            var text = "\(margin)- key: \(descriptor.key)"
            if !descriptor.value.isEmpty { text += "\(margin)  value: \"\(descriptor.value)\"" }
            if descriptor.shares { text += "\(margin)  share_threshold: true" }
            if let number = descriptor.number {
                text += "\(margin)  rate_limit: {unit: hour, requests_per_unit: \(number)}"
            }
            if !descriptor.children.isEmpty {
                text += "\(margin)  descriptors:" + yaml(descriptor.children, margin: margin + "    ")
            }
            return text
        }.joined()
    }

    static func request(_ random: inout SplitMix64) -> [(key: String, value: String)] {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in
            let letters = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                ["x", "y"].randomElement(using: &random)!
            }
            let isLiteral = Int.random(in: 0..<8, using: &random) == 0
            let value = isLiteral ? values.randomElement(using: &random)! : letters.joined()
            return (keys.randomElement(using: &random)!, value)
        }
    }

    static func search(
        _ descriptors: [Descriptor], _ entries: ArraySlice<(key: String, value: String)>
    ) -> (number: UInt32, counted: [String])? {
        guard let entry = entries.first else { return nil }
        let level = descriptors.filter { $0.key == entry.key }
        let found =
            level.first { !$0.value.isEmpty && $0.value == entry.value }
            ?? level.first { $0.value.contains("*") && isMatch(Array($0.value)[...], Array(entry.value)[...]) }
            ?? level.first { $0.value.isEmpty }
        guard let found else { return nil }
        let counts = found.value.isEmpty || (found.value.contains("*") && !found.shares)
        let own = counts ? [entry.value] : []
        if entries.count == 1 { return found.number.map { ($0, own) } }
        return search(found.children, entries.dropFirst()).map { ($0.number, own + $0.counted) }
    }

    /// Tries every length for every asterisk.
    private static func isMatch(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return (0...text.count).contains { isMatch(pattern.dropFirst(), text.dropFirst($0)) }
        }
        return text.first == first && isMatch(pattern.dropFirst(), text.dropFirst())
    }
}
