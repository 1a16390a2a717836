package import Sluice

/// Names a request by the cells it counts in, all of them, in their order.
///
/// Cells' keys are hashes under a secret already, so mixing them needs no secret of its own. The request of one rule
/// has the key of its cell.
package struct RequestKey: Hashable, Sendable {
    /// The key of the request so far.
    package private(set) var key = CellKey(high: 0, low: 0)

    /// The key of no cell.
    package init() {}

    /// Adds the next cell.
    @inline(__always)
    package mutating func add(_ cell: CellKey) {
        // Multiplying by odd numbers and rotating makes the order count. Source of the numbers: the finalizer of
        // SplitMix64.
        let high = key.high &* 0xbf58_476d_1ce4_e5b9
        let low = key.low &* 0x94d0_49bb_1331_11eb
        key = CellKey(high: (high &<< 23 | high &>> 41) ^ cell.high, low: (low &<< 29 | low &>> 35) ^ cell.low)
    }

    /// The key of a planned request.
    package init(_ charges: [PlannedCharge]) {
        for charge in charges { add(charge.key) }
    }
}
