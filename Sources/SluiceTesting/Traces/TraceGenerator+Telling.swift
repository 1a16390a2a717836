public import Sluice

extension TraceGenerator {
    /// A policy whose rules are closed by hand only, beside one that nobody can be banned from.
    public mutating func holdablePolicy(named name: String) -> Policy {
        var rules = (0..<Int(random.number(in: 1...3))).map { index in
            let keys = random.pick([[], [.user], [.user, .text]] as [[DescriptorKey]])
            return Rule("h\(index)", by: keys, limit(random.pick(Self.chargingAlgorithms)), penalty: .onHold)
        }
        rules.append(Rule("open", by: .user, limit(.tokenBucket)))
        return Policy(name, rules: rules)
    }

    /// A trace in which rules are closed and opened.
    public mutating func holdTrace(over policies: [Policy], length: Int) -> [TraceStep] {
        (0..<length).map { _ in
            let policy = random.pick(policies)
            let rule = random.pick(policy.rules)
            let request = request(to: policy)
            switch random.number(in: 0...99) {
            case ..<14:
                return .hold(request, rule: rule.name, span: wait(for: rule.limit) - random.pick([0, 1_000_000]))
            case ..<18: return .lift(request, rule: rule.name)
            case ..<20: return .reset(request)
            case ..<22: return .refund(request)
            case ..<66: return .decide(request)
            case ..<70: return .peek(request)
            case ..<76: return .probeRetry(request)
            case ..<88: return .waitForRetry(offset: nudge())
            default: return .wait(wait(for: rule.limit))
            }
        }
    }

    /// A trace in which costs are corrected.
    public mutating func settlementTrace(over policies: [Policy], length: Int) -> [TraceStep] {
        (0..<length).map { _ in
            let policy = random.pick(policies)
            let limit = policy.rules[0].limit
            let request = request(to: policy)
            switch random.number(in: 0...99) {
            case ..<18:
                let most = max(limit.count, limit.burst)
                return .settle(
                    TraceRequest(policy.name, request.descriptor, cost: random.pick([0, 0, 1, 2, most])),
                    actual: random.pick([0, 1, 2, 3, most, most + 1, random.number(in: 0...4 * most)]))
            case ..<62: return .decide(request)
            case ..<65: return .refund(request)
            case ..<72: return .probeRetry(request)
            case ..<74: return .probeRemaining(request)
            case ..<86: return .waitForRetry(offset: nudge())
            default: return .wait(wait(for: limit))
            }
        }
    }
}
