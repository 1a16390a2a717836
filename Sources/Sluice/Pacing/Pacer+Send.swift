internal import Synchronization

extension Pacer {
    /// Runs `operation` as soon as the limits let it pass.
    ///
    /// If it throws a ``RetryAfterError``, what the error is about is paused for exactly that long, in all instances
    /// that share the limits, and it runs again then, before whatever waits behind it; ``PacerSettings/attempts`` times
    /// at most. Every attempt is charged.
    /// - Parameters:
    ///   - destination: What the limits count by, such as `[.chat: "42"]`.
    ///   - inOrder: Whether sends to the same destination are made one at a time and in order, as messages have to be.
    ///     By default they are if there is a destination.
    ///   - priority: Which of those that wait for the same limit goes first. A lower one is passed over
    ///     ``PacerSettings/patience`` times in a row at most.
    ///   - cost: What is charged to rules without a cost of their own.
    ///   - deadline: The last moment to begin.
    ///   - longest: How long it may wait, at most; without it and a deadline ``PacerSettings/longestWait``.
    /// - Returns: What `operation` returns.
    /// - Throws: What `operation` throws; ``PacingError`` if it was not sent; ``SluiceError`` if the limits cannot
    ///   decide about the destination; `CancellationError` if the task is cancelled while the send waits.
    /// - Complexity: O(log n) for n that wait, and O(rules).
    public func send<Value>(
        to destination: Descriptor = [:], inOrder: Bool? = nil, priority: PacingPriority = .normal, cost: Int64 = 1,
        before deadline: Timestamp? = nil, upTo longest: Duration? = nil, _ operation: () async throws -> Value
    ) async throws -> Value {
        let order = Order(destination, inOrder, priority, cost: cost, deadline: lastMoment(deadline, longest))
        return try await make(order) { Metered(try await operation(), cost: cost) }
    }

    /// As the other, for what tells its cost only afterwards, such as the tokens of a language model.
    ///
    /// It is charged `estimate` before, and corrected afterwards: what it has cost beyond the estimate later sends wait
    /// for, what it has not cost they need not. If `operation` throws, the estimate stays charged.
    public func send<Value>(
        to destination: Descriptor = [:], inOrder: Bool? = nil, priority: PacingPriority = .normal, estimate: Int64,
        before deadline: Timestamp? = nil, upTo longest: Duration? = nil,
        _ operation: () async throws -> Metered<Value>
    ) async throws -> Value {
        let order = Order(destination, inOrder, priority, cost: estimate, deadline: lastMoment(deadline, longest))
        return try await make(order, operation)
    }

    /// What is sent, apart from the closure.
    struct Order {
        var destination: Descriptor
        var inOrder: Bool
        var priority: PacingPriority
        var cost: Int64
        var deadline: Int64

        init(
            _ destination: Descriptor, _ inOrder: Bool?, _ priority: PacingPriority, cost: Int64, deadline: Int64
        ) {
            self.destination = destination
            self.inOrder = inOrder ?? !destination.entries.isEmpty
            self.priority = priority
            self.cost = cost
            self.deadline = deadline
        }
    }

    private func lastMoment(_ deadline: Timestamp?, _ longest: Duration?) -> Int64 {
        let longest = longest ?? (deadline == nil ? settings.longestWait : nil)
        let wait = longest.map { now.saturatingAdding($0.wholeNanoseconds) } ?? .max
        return min(deadline?.nanoseconds ?? .max, wait)
    }

    private func make<Value>(
        _ order: Order, _ operation: () async throws -> Metered<Value>
    ) async throws -> Value {
        try Task.checkCancellation()
        let send = try await enter(order)
        var attempt = 1
        while true {
            let begun = now
            do {
                let made = try await operation()
                await note(send, order, actual: made.cost, begunAt: begun)
                finish(send)
                return made.value
            } catch let error as any RetryAfterError {
                let moment = now.saturatingAdding(error.retryAfter.wholeNanoseconds)
                await pause(error.retryScope, of: send, order, until: moment)
                guard attempt < settings.attempts, moment <= order.deadline, !Task.isCancelled else {
                    finish(send)
                    throw error
                }
                attempt += 1
                try await enterAgain(send)
            } catch {
                finish(send)
                throw error
            }
        }
    }

    /// Corrects what a send was charged by what it came to, and by how late its answer came.
    private func note(_ send: UInt64, _ order: Order, actual: Int64, begunAt begun: Int64) async {
        let answered = now
        let (handle, isLate) = state.withLock { state in
            let isLate = state.punctuality.isLate(
                begunAt: begun, answeredAt: answered, beyond: settings.lateness)
            return (state.handle, isLate)
        }
        let descriptor = order.destination
        if actual != order.cost {
            // A store that fails keeps the estimate.
            _ = try? await handle.settle(descriptor, estimate: order.cost, actual: max(0, actual))
            if actual < order.cost { relax(send) }
        }
        if isLate { _ = try? await handle.settle(descriptor, estimate: 0, actual: order.cost) }
    }

    /// Keeps a scope closed until a moment, here and in all instances that share the limits.
    private func pause(_ scope: RetryScope, of send: UInt64, _ order: Order, until moment: Int64) async {
        let handle = state.withLock { state in
            state.queue.pause(scope, of: send, until: moment)
            return state.handle
        }
        let descriptor = order.destination
        let isWide = scope == .everything || descriptor.entries.isEmpty
        for rule in handle.policy.rules where rule.canBeHeld && rule.keys.isEmpty == isWide {
            let left = moment - now
            guard left > 0, rule.keys.allSatisfy({ descriptor[$0] != nil }) else { continue }
            // A store that fails is no reason to stop: this instance has paused already.
            try? await handle.hold(rule.name, descriptor, for: .nanoseconds(left))
        }
    }
}
