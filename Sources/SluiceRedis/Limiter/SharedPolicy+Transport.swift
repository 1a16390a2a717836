package import NIOCore
package import Sluice

/// The calls of transports: on bytes where they lie, answered on the caller's event loop.
extension SharedPolicy {
    /// Decides, looks, gives back or forgets.
    /// - Parameters:
    ///   - eventLoop: The caller's loop. If the limiter has a lane on it, the answer comes there.
    ///   - completion: Called once, later, unless the answer is returned.
    /// - Returns: The answer if it is known without asking Redis.
    /// - Throws: `SluiceError`; see ``decide(_:cost:)``.
    package func decide(
        _ entries: UnsafeBufferPointer<RawEntry>, _ operation: RawOperation, cost: Int64, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<SharedAnswer, SluiceError>) -> Void
    ) throws(SluiceError) -> SharedAnswer? {
        switch operation {
        case .decide:
            let plan = try handle.plan(entries, cost: cost)
            return limiter.ask(plan, .decide(isObserved: false), on: eventLoop, completion: completion)
        case .peek:
            return limiter.ask(try handle.plan(entries, cost: cost), .peek, on: eventLoop, completion: completion)
        case .refund:
            return try change(
                try handle.plan(entries, cost: cost), .refund, entries, on: eventLoop, completion: completion)
        case .reset:
            return try change(
                try handle.plan(entries, .reset, cost: cost), .reset, entries, on: eventLoop, completion: completion)
        }
    }

    /// Changes cells, then looks, as a refund or reset is answered with how things stand.
    private func change(
        _ plan: ChargePlan, _ operation: StoreOperation, _ entries: UnsafeBufferPointer<RawEntry>,
        on eventLoop: any EventLoop, completion: @escaping @Sendable (Result<SharedAnswer, SluiceError>) -> Void
    ) throws(SluiceError) -> SharedAnswer? {
        let look = try handle.plan(entries, cost: 1)
        let known = limiter.ask(plan, operation, on: eventLoop) { [limiter] changed in
            if case .failure = changed { return completion(changed) }
            if let settled = limiter.ask(look, .peek, on: eventLoop, completion: completion) {
                completion(.success(settled))
            }
        }
        // Nothing was to be changed: no rule applies, or a list decided.
        guard known != nil else { return nil }
        return limiter.ask(look, .peek, on: eventLoop, completion: completion)
    }

    /// Decides, or with `charging: false` only looks, and tells what each rule says by itself.
    /// - Returns: The answer if it is known without asking Redis; else `completion` is called once.
    /// - Throws: `SluiceError`; see ``decide(_:cost:)``.
    package func explain(
        _ entries: UnsafeBufferPointer<RawEntry>, cost: Int64, charging: Bool, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<SharedAnswer, SluiceError>) -> Void
    ) throws(SluiceError) -> SharedAnswer? {
        let plan = try handle.plan(entries, cost: cost)
        return limiter.ask(plan, charging ? .decide(isObserved: true) : .peek, on: eventLoop, completion: completion)
    }

    /// Decides and takes a slot of each concurrency rule.
    /// - Returns: The answer if it is known without asking Redis; else `completion` is called once.
    /// - Throws: `SluiceError`; see ``acquire(_:cost:)``.
    package func acquire(
        _ entries: UnsafeBufferPointer<RawEntry>, cost: Int64 = 1, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<SharedAnswer, SluiceError>) -> Void
    ) throws(SluiceError) -> SharedAnswer? {
        let plan = try handle.leasePlan(entries, cost: cost)
        let lease = UInt64.random(in: .min ... .max)
        return limiter.ask(plan, .acquire(lease: lease), on: eventLoop, completion: completion)
    }
}
