package import Sluice

/// Units that the store has charged for this instance to spend, and what it said with them.
package struct LotGrant: Hashable, Sendable {
    /// How many, beside what the request itself cost.
    package var units: Int64
    /// When the request was sent and its answer came, on this process's own time line.
    package var sentAt: Int64
    package var receivedAt: Int64
    /// The store's time when it charged them; without it nothing can be given back.
    package var storeMicroseconds: Int64?
    /// What was left in the store then.
    package var remaining: Int64
    package var resetAfterNanoseconds: Int64

    package init(
        units: Int64, sentAt: Int64, receivedAt: Int64, storeMicroseconds: Int64?, remaining: Int64,
        resetAfterNanoseconds: Int64
    ) {
        self.units = units
        self.sentAt = sentAt
        self.receivedAt = receivedAt
        self.storeMicroseconds = storeMicroseconds
        self.remaining = remaining
        self.resetAfterNanoseconds = resetAfterNanoseconds
    }
}

/// Units to give back to the store. To be sent once at most: what is lost on the way evaporates.
package struct GiveBack: Hashable, Sendable {
    /// The cell.
    package var key: CellKey
    /// How many at most.
    package var units: Int64
    /// When all of them have evaporated, in microseconds of the store's clock.
    ///
    /// A window takes back nothing from then on. A token bucket takes back `units`, but no more than it refills
    /// between its present and this moment: the rest has evaporated on the way.
    package var untilMicroseconds: Int64
}
