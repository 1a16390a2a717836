extension Limiter: LimiterProtocol {
    public func renew(_ lease: Lease) -> Bool { renew(lease, at: nil) }

    public func release(_ lease: Lease) -> Bool { release(lease, at: nil) }
}

extension PolicyHandle: PolicyHandleProtocol {
    public func decide(_ descriptor: Descriptor, cost: Int64) throws(SluiceError) -> Decision {
        try apply(.decide, descriptor, cost: cost, at: nil)
    }

    public func peek(_ descriptor: Descriptor, cost: Int64 = 1) throws(SluiceError) -> Decision {
        try apply(.peek, descriptor, cost: cost, at: nil)
    }

    public func refund(_ descriptor: Descriptor, cost: Int64 = 1) throws(SluiceError) -> Decision {
        try apply(.refund, descriptor, cost: cost, at: nil)
    }

    public func explain(
        _ descriptor: Descriptor, cost: Int64 = 1, charging: Bool = true
    ) throws(SluiceError) -> (decision: Decision, rules: [RuleOutcome]) {
        try limiter.explain(name, descriptor, cost: cost, charging: charging, at: nil)
    }

    public func acquire(
        _ descriptor: Descriptor, cost: Int64 = 1
    ) throws(SluiceError) -> (decision: Decision, lease: Lease?) {
        try limiter.acquire(name, descriptor, cost: cost, at: nil)
    }
}
