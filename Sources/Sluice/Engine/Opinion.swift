/// What the rules that apply to a request come to: any of them denies it, or all of its alternatives together do.
struct Opinion {
    private var hasDenial = false
    private var alternatives = 0
    private var alternativeDenials = 0

    init() {}

    init(_ charges: some Sequence<Charge>) {
        for charge in charges { add(charge) }
    }

    @inline(__always)
    mutating func add(_ charge: borrowing Charge) {
        if charge.rule.pointee.isAlternative {
            alternatives &+= 1
            if charge.denies { alternativeDenials &+= 1 }
        } else if charge.denies {
            hasDenial = true
        }
    }

    @inline(__always) var isDenied: Bool {
        hasDenial || (alternatives > 0 && alternatives == alternativeDenials)
    }
}
