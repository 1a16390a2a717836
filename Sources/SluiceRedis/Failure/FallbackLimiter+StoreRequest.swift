import Sluice

extension FallbackLimiter {
    /// Decides a plan after its store has failed.
    func decide(
        _ plan: ChargePlan, _ operation: StoreOperation, after fault: StoreFault
    ) -> (decision: Decision, lease: Lease?) {
        decide(
            plan, isPeek: operation == .peek, lease: operation.lease,
            retryAfterNanoseconds: fault.retryAfterNanoseconds)
    }
}
