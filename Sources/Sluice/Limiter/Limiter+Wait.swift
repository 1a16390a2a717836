extension Limiter {
    /// Waits until the request passes, for `longest` at most.
    ///
    /// Callers who wait for the same policy and descriptor are served in the order in which they came. At most
    /// 10,000 wait at once.
    /// - Returns: The decision that allowed the request; or the last denial, when the request can never pass or not
    ///   within `longest`.
    /// - Throws: `CancellationError`, ``SluiceError/Code/tooManyWaiters``, or what ``decide(_:_:cost:at:)`` throws.
    public func waitUntilAllowed(
        _ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, upTo longest: Duration
    ) async throws -> Decision {
        let line = Waiters.Line(policy: policy, descriptor: descriptor)
        if waiters.isEmpty(line) {
            let decision = try decide(policy, descriptor, cost: cost)
            guard case .denied(let denial) = decision, denial.retryAfter != nil else { return decision }
        }
        let deadline = now() + longest
        let ticket = try waiters.join(line)
        defer { waiters.leave(line, ticket) }
        guard try await isFirst(ticket, in: line, before: deadline) else {
            return try peek(policy, descriptor, cost: cost).deniedInLine
        }
        while true {
            try Task.checkCancellation()
            let decision = try decide(policy, descriptor, cost: cost)
            guard case .denied(let denial) = decision, let retryAfter = denial.retryAfter else { return decision }
            let retry = now() + retryAfter
            guard retry <= deadline else { return decision }
            try await time.sleep(until: retry)
        }
    }

    /// Waits for the ticket's turn; `false` if the deadline comes first.
    private func isFirst(_ ticket: UInt64, in line: Waiters.Line, before deadline: Timestamp) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.waiters.turn(of: ticket, in: line)
                return true
            }
            group.addTask {
                try await self.time.sleep(until: deadline)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }
}

extension Decision {
    /// What a caller is told whose time is up while others stand before him.
    fileprivate var deniedInLine: Decision {
        guard case .allowed(let pass) = self else { return self }
        return .denied(
            Denial(
                reason: .limited, rule: pass.rule, limit: pass.limit, remaining: pass.remaining,
                retryAfterNanoseconds: 0, resetAfterNanoseconds: pass.resetAfterNanoseconds))
    }
}
