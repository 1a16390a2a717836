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
        try await waiters.waitUntilAllowed(
            Waiters.Line(policy: policy, descriptor: descriptor), upTo: longest, time: time
        ) { [self] isLook in
            try isLook ? peek(policy, descriptor, cost: cost) : decide(policy, descriptor, cost: cost)
        }
    }
}

extension Waiters {
    /// Waits in a line until a request passes, for `longest` at most.
    /// - Parameter decide: Decides the request, or with `true` only looks.
    package func waitUntilAllowed(
        _ line: Line, upTo longest: Duration, time: TimeSource,
        _ decide: @Sendable (_ isLook: Bool) async throws -> Decision
    ) async throws -> Decision {
        if isEmpty(line) {
            let decision = try await decide(false)
            guard case .denied(let denial) = decision, denial.retryAfter != nil else { return decision }
        }
        let deadline = time.now() + longest
        let ticket = try join(line)
        defer { leave(line, ticket) }
        guard try await isFirst(ticket, in: line, before: deadline, time) else {
            return try await decide(true).deniedInLine
        }
        while true {
            try Task.checkCancellation()
            let decision = try await decide(false)
            guard case .denied(let denial) = decision, let retryAfter = denial.retryAfter else { return decision }
            let retry = time.now() + retryAfter
            guard retry <= deadline else { return decision }
            try await time.sleep(until: retry)
        }
    }

    /// Waits for the ticket's turn; `false` if the deadline comes first.
    private func isFirst(
        _ ticket: UInt64, in line: Line, before deadline: Timestamp, _ time: TimeSource
    ) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.turn(of: ticket, in: line)
                return true
            }
            group.addTask {
                try await time.sleep(until: deadline)
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
