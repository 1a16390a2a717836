/// A named limit, the descriptor keys it counts by, the conditions under which it applies, its mode.
public struct Rule: Hashable, Sendable {
    /// Whether a rule's denial holds.
    public enum Mode: String, CaseIterable, Hashable, Sendable {
        /// A denial holds.
        case enforce
        /// A denial is told but does not hold.
        case shadow
    }

    /// Other numbers for some values.
    public struct Override: Hashable, Sendable {
        /// For which descriptors.
        public var condition: Condition
        /// The limit that applies to them instead.
        public var limit: Limit

        /// `limit` for descriptors that meet `condition`.
        public init(_ condition: Condition, _ limit: Limit) {
            self.condition = condition
            self.limit = limit
        }
    }

    /// How much of a limit one instance takes ahead from a shared store, to spend without asking it again.
    public enum Borrowing: Hashable, Sendable {
        /// What its callers use in some hundredths of a second.
        case auto
        /// So many units at a time.
        case units(Int64)
    }

    /// The name, unique in its policy.
    public var name: String
    /// The descriptor keys that the rule counts by; none means that all callers share one cell.
    ///
    /// A descriptor that lacks one of them is not counted by this rule.
    public var keys: [DescriptorKey]
    /// The limit.
    public var limit: Limit
    /// When the rule applies; an empty condition always does.
    public var condition: Condition
    /// Other limits for some values; the first that matches counts.
    public var overrides: [Override]
    /// The rules of the same policy that are switched off when this one applies; none by a rule in shadow mode.
    public var replaces: [String]
    /// Whether a denial holds.
    public var mode: Mode
    /// What happens to a caller who keeps being denied.
    public var penalty: Penalty?
    /// What a request costs here whatever it says itself; `nil` takes the request's own cost.
    public var cost: Int64?
    /// What to do when the store fails; `nil` takes the policy's choice.
    public var onStoreFailure: StoreFailure?
    /// Whether instances that share a store take from this limit ahead; `nil` asks the store each time.
    ///
    /// For a token bucket, a fixed window or a quota without a penalty. The store counts what is taken before it is
    /// spent, so nobody is ever admitted over the limit; an instance can deny a little early while others hold some.
    /// A store in memory needs none of this, and neither does a rule in shadow mode, which is counted as it is.
    public var borrow: Borrowing?
    /// Whether a denial holds only if all alternatives that apply to the request deny it: Envoy's quota mode.
    package var isAlternative = false

    /// A rule that counts by several keys, or by none.
    public init(
        _ name: String, by keys: [DescriptorKey] = [], _ limit: Limit, when condition: Condition = [:],
        overrides: [Override] = [], replaces: [String] = [], mode: Mode = .enforce, penalty: Penalty? = nil,
        cost: Int64? = nil, onStoreFailure: StoreFailure? = nil, borrow: Borrowing? = nil
    ) {
        self.name = name
        self.keys = keys
        self.limit = limit
        self.condition = condition
        self.overrides = overrides
        self.replaces = replaces
        self.mode = mode
        self.penalty = penalty
        self.cost = cost
        self.onStoreFailure = onStoreFailure
        self.borrow = borrow
    }

    /// A rule that counts by one key.
    public init(
        _ name: String, by key: DescriptorKey, _ limit: Limit, when condition: Condition = [:],
        overrides: [Override] = [], replaces: [String] = [], mode: Mode = .enforce, penalty: Penalty? = nil,
        cost: Int64? = nil, borrow: Borrowing? = nil
    ) {
        self.init(
            name, by: [key], limit, when: condition, overrides: overrides, replaces: replaces, mode: mode,
            penalty: penalty, cost: cost, borrow: borrow)
    }

    /// A rule that counts by two keys together.
    public init(
        _ name: String, by first: DescriptorKey, _ second: DescriptorKey, _ limit: Limit,
        when condition: Condition = [:], mode: Mode = .enforce, penalty: Penalty? = nil
    ) {
        self.init(name, by: [first, second], limit, when: condition, mode: mode, penalty: penalty)
    }
}

/// What becomes of a decision whose store fails.
public enum StoreFailure: String, CaseIterable, Hashable, Sendable {
    /// It is denied.
    case deny
    /// It is allowed.
    case allow
    /// It is decided in this process's memory.
    case local
}
