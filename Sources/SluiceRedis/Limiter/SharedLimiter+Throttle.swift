package import NIOCore
package import Sluice

extension SharedLimiter {
    /// redis-cell's decision on a bare key.
    ///
    /// While Redis does not answer it is allowed: redis-cell's callers know no failure choice, and a limiter that is
    /// away must not stop them.
    /// - Parameter completion: Called once, on a lane's event loop: the caller's own if there is a lane on it.
    /// - Precondition: `count` is not zero, and the period in nanoseconds is an `Int64` of at least `count`.
    package func throttle(
        key: UnsafeRawBufferPointer, maxBurst: Int64, count: Int64, periodSeconds: Int64, quantity: Int64,
        on eventLoop: any EventLoop, completion: @escaping @Sendable (ThrottleReply) -> Void
    ) {
        let plan = ThrottlePlan(
            key: key, in: planner, maxBurst: maxBurst, count: count, periodSeconds: periodSeconds, quantity: quantity)
        func finish(_ answer: StoreAnswer) {
            if case .judged(let verdicts, _) = answer, let verdict = verdicts.first {
                let reply = plan.reply(verdict)
                planner.count(reply, of: plan)
                return completion(reply)
            }
            if case .failed(let fault) = answer { note(fault) }
            planner.count(plan.replyWithoutStore, of: plan)
            completion(plan.replyWithoutStore)
        }
        let lane = lanes.lane(for: plan.charge.key, on: eventLoop)
        func submit(_ operation: StoreOperation, _ charge: PlannedCharge, _ done: @escaping (StoreAnswer) -> Void) {
            lane.submit(
                StoreRequest(
                    [charge], operation, deadline: lane.now + store.timeAmount, keeping: plan, completion: done))
        }
        guard plan.isRefund else { return submit(.decide(isObserved: false), plan.charge, finish) }
        submit(.refund, plan.charge) { _ in }
        // The requests of a lane keep their order: this one sees what was given back.
        submit(.peek, plan.look, finish)
    }
}
