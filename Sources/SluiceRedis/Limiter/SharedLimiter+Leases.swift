package import NIOCore
public import Sluice

/// Leases of concurrency limits, held by all instances together.
extension SharedLimiter {
    /// Decides, and takes a slot of each concurrency rule if the request is allowed.
    /// - Returns: The decision, and the lease if a slot was taken.
    /// - Throws: `SluiceError`; see ``decide(_:_:cost:)``. With the code `unsupported` the policy has no concurrency
    ///   rule.
    public func acquire(
        _ policy: String, _ descriptor: Descriptor, cost: Int64 = 1
    ) async throws(SluiceError) -> (decision: Decision, lease: Lease?) {
        try await self.policy(policy).acquire(descriptor, cost: cost)
    }

    /// Holds a lease for a whole duration more; `false` if it was held no longer.
    /// - Throws: `SluiceError` with the code `storeFailed` if Redis does not tell.
    public func renew(_ lease: Lease) async throws(SluiceError) -> Bool {
        try await withUnsafeContinuation { continuation in
            renew(lease, on: nil) { continuation.resume(returning: $0) }
        }.get()
    }

    /// Gives a lease back; `false` if it was held no longer.
    /// - Throws: `SluiceError` with the code `storeFailed` if Redis does not tell. Then the lease runs out by itself.
    public func release(_ lease: Lease) async throws(SluiceError) -> Bool {
        try await withUnsafeContinuation { continuation in
            release(lease, on: nil) { continuation.resume(returning: $0) }
        }.get()
    }

    /// As the public one, for transports.
    package func renew(
        _ lease: Lease, on eventLoop: (any EventLoop)?,
        completion: @escaping @Sendable (Result<Bool, SluiceError>) -> Void
    ) {
        // Taken while Redis was away, it is held in this process.
        planner.renewed(lease)
        if fallback.renew(lease) { return completion(.success(true)) }
        change(lease, .renew(lease: lease.id), on: eventLoop, completion: completion)
    }

    /// As the public one, for transports.
    package func release(
        _ lease: Lease, on eventLoop: (any EventLoop)?,
        completion: @escaping @Sendable (Result<Bool, SluiceError>) -> Void
    ) {
        planner.released(lease)
        if fallback.release(lease) { return completion(.success(true)) }
        change(lease, .release(lease: lease.id), on: eventLoop, completion: completion)
    }

    private func change(
        _ lease: Lease, _ operation: StoreOperation, on eventLoop: (any EventLoop)?,
        completion: @escaping @Sendable (Result<Bool, SluiceError>) -> Void
    ) {
        guard let first = lease.keys.first else { return completion(.success(false)) }
        let lane = lanes.lane(for: first, on: eventLoop)
        let request = StoreRequest(leaseIn: lease.keys, operation, deadline: lane.now + store.timeAmount) { answer in
            switch answer {
            // Renewed is what is held in every cell; given back is what was held in any.
            case .judged(let verdicts, _):
                let held = verdicts.count { $0.denial == nil }
                let isRenewal = operation == .renew(lease: lease.id)
                completion(.success(isRenewal ? held == verdicts.count : held > 0))
            case .failed(let fault):
                completion(
                    .failure(SluiceError(.storeFailed, "Redis did not tell of the lease: \(fault.error); ask again")))
            }
        }
        lane.submit(request)
    }
}
