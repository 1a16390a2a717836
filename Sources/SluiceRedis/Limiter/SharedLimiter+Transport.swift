package import Sluice

/// What transports need besides decisions.
extension SharedLimiter {
    /// Who knows the policies and the time; its own cells are not used.
    package var planning: Limiter { planner }

    /// A policy whose handle was looked up already.
    package func policy(_ handle: PolicyHandle) -> SharedPolicy { SharedPolicy(limiter: self, handle: handle) }
}
