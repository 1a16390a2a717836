extension Decision {
    /// What a request is told that no rule applies to.
    package static var nothingApplies: Decision {
        .allowed(Pass(rule: nil, limit: unlimited, remaining: unlimited, resetAfterNanoseconds: 0))
    }

    /// - Returns: What the charges come to, and which of them decided; -1 if none did.
    @inline(__always)
    static func of(
        _ charges: UnsafeMutableBufferPointer<Charge>, isDenied: Bool
    ) -> (decision: Decision, chosen: Int) {
        var chosen = -1
        var shadow: RuleName?
        for index in 0..<charges.count {
            if charges[index].rule.pointee.isShadow {
                if shadow == nil, !charges[index].verdict.isAllowed { shadow = charges[index].rule.pointee.name }
                continue
            }
            guard charges[index].denies == isDenied else { continue }
            if chosen < 0
                || (isDenied
                    ? charges[index].waitsLonger(than: charges[chosen])
                    : charges[index].isTighter(than: charges[chosen]))
            {
                chosen = index
            }
        }
        var decision = chosen < 0 ? .nothingApplies : charges[chosen].decision
        if shadow != nil { decision.shadowDeniedBy(shadow) }
        return (decision, chosen)
    }

    private mutating func shadowDeniedBy(_ rule: RuleName?) {
        switch self {
        case .allowed(var pass):
            pass.shadowDeniedBy = rule
            self = .allowed(pass)
        case .denied(var denial):
            denial.shadowDeniedBy = rule
            self = .denied(denial)
        }
    }
}
