package import Sluice

/// A borrowed limit in numbers: what its units are worth, and how many of them are asked for.
package struct BorrowTerms: Hashable, Sendable {
    /// The most units that the limit holds.
    let capacity: Int64
    /// Token bucket: it refills `count` units in `period` nanoseconds. A window refills at its end: both are 0.
    let count: Int64
    let period: Int64
    /// Units in a nanosecond, less a trillionth, so that rounding never makes a unit of nothing.
    let unitsPerNanosecond: Double
    /// How many units are asked for at a time; 0 if their number follows the demand.
    let fixedUnits: Int64

    /// The terms of a charge; `nil` if its rule does not borrow.
    package init?(_ borrowing: Rule.Borrowing?, of charge: PlannedCharge) {
        // A trial must not change what happens, and what it says is to be exact.
        guard let borrowing, !charge.isShadow, charge.penalty == nil else { return nil }
        let limit = charge.limit()
        switch limit.pointee.algorithm {
        case .tokenBucket: (count, period) = (limit.pointee.count, limit.pointee.period)
        case .fixedWindow, .quota: (count, period) = (0, 0)
        default: return nil
        }
        capacity = limit.pointee.capacity
        unitsPerNanosecond = count == 0 ? 0 : Double(count) / Double(period) * (1 - 0x1p-40)
        fixedUnits =
            switch borrowing {
            case .auto: 0
            case .units(let units): min(units, capacity)
            }
    }

    var isWindow: Bool { count == 0 }

    /// How long a bucket takes to refill so many units, rounded down.
    func nanoseconds(for units: Int64) -> Int64 {
        Int64(clamping: Int128(units) * Int128(period) / Int128(count))
    }
}
