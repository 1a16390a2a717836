extension Decision {
    /// What a request is told that no rule applies to.
    package static var nothingApplies: Decision {
        .allowed(Pass(rule: nil, limit: unlimited, remaining: unlimited, resetAfterNanoseconds: 0))
    }

    @inline(__always)
    init(_ charges: UnsafeMutableBufferPointer<Charge>, isDenied: Bool) {
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
        self = chosen < 0 ? .nothingApplies : charges[chosen].decision
        if shadow != nil { shadowDeniedBy(shadow) }
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
