extension Limit.Algorithm {
    /// Whether units of such a limit can be taken ahead: they must be worth the same whoever spends them and when.
    package var canBeBorrowed: Bool {
        switch self {
        case .tokenBucket, .fixedWindow, .quota: true
        case .slidingLog, .slidingWindow, .cooldown, .debounce, .concurrency, .unlimited: false
        }
    }
}

extension Rule {
    /// What is wrong with the rule's ``borrow``, in words that follow the rule's name; `nil` if nothing is.
    package var borrowingFault: String? {
        guard let borrow else { return nil }
        let words = "borrow goes with token-bucket, fixed-window and quota"
        guard limit.algorithm.canBeBorrowed else { return "\(limit.algorithm.rawValue) cannot be borrowed; \(words)" }
        let others = overrides.map(\.limit.algorithm)
        if let other = others.first(where: { !$0.canBeBorrowed && $0 != .unlimited }) {
            return "an override's \(other.rawValue) cannot be borrowed; \(words)"
        }
        guard penalty == nil else {
            return "a rule with a penalty cannot borrow, for its store must see every denial; leave out one of them"
        }
        guard case .units(let units) = borrow else { return nil }
        let most = limit.algorithm == .tokenBucket ? limit.burst : limit.count
        guard units >= 1, units <= max(1, most) else {
            return "it borrows \(units) at a time, but its limit holds \(most); borrow less, or auto"
        }
        return nil
    }
}
