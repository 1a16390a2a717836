/// What a closure came to, and what it has really cost.
public struct Metered<Value> {
    /// What the sender gets.
    public var value: Value
    /// What the call has cost, in the units of the policy's limits.
    public var cost: Int64

    /// A value and its cost.
    public init(_ value: Value, cost: Int64) {
        self.value = value
        self.cost = cost
    }
}

extension Metered: Sendable where Value: Sendable {}
