/// One rule's part in a decision: the cell it counts in, what it says, and what is to be written.
struct Charge {
    var rule: UnsafePointer<CompiledRule>
    var key: CellKey
    var cost: Int64
    var steps: CompiledRule.LimitSteps
    /// The limit that applies, shrunk if a penalty has shrunk it.
    var limit: UnsafePointer<CompiledLimit>
    var verdict: Verdict
    /// Where the cell was found, or would be inserted.
    var place: Int

    /// Whether the charge keeps the request from passing; an alternative does only if all others do too.
    @inline(__always) var denies: Bool { !verdict.isAllowed && !rule.pointee.isShadow }

    /// The longest wait of two denials; never is longer than any.
    @inline(__always)
    func waitsLonger(than other: Charge) -> Bool {
        UInt64(bitPattern: verdict.retryAfter) > UInt64(bitPattern: other.verdict.retryAfter)
    }

    /// The tighter of two passes.
    @inline(__always)
    func isTighter(than other: Charge) -> Bool {
        verdict.remaining < other.verdict.remaining
            || (verdict.remaining == other.verdict.remaining && verdict.resetAfter > other.verdict.resetAfter)
    }

    /// What the rule says by itself.
    var decision: Decision {
        if verdict.isAllowed {
            return .allowed(
                Pass(
                    rule: rule.pointee.name, limit: limit.pointee.capacity, remaining: verdict.remaining,
                    resetAfterNanoseconds: verdict.resetAfter))
        }
        return .denied(
            Denial(
                reason: verdict.reason, rule: rule.pointee.name, limit: limit.pointee.capacity,
                remaining: verdict.remaining, retryAfterNanoseconds: verdict.retryAfter,
                resetAfterNanoseconds: verdict.resetAfter))
    }
}

/// What is asked of a policy.
enum Operation {
    case decide
    /// Would it pass? Nothing is charged.
    case peek
    /// As `decide`, and a slot of each concurrency rule is taken under this number.
    case acquire(lease: UInt64)

    @inline(__always) var isPeek: Bool {
        if case .peek = self { true } else { false }
    }
}
