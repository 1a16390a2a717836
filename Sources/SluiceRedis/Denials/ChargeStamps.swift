package import Sluice
internal import Synchronization

/// Which cells this instance has charged lately, so that a remembered denial is not told of a request to whose other
/// rules something has happened since: another rule might deny it for longer now.
///
/// ```swift
/// let sequence = stamps.sequence            // when a request is sent
/// for key in keys { stamps.charged(key) }   // when it was allowed, or something was given back
/// let isExact = keys.allSatisfy { !stamps.isCharged($0, since: denial.sequence) }
/// ```
/// Cells share 4,096 stamps. Two that share one make a remembered denial be asked for again, never believed wrongly.
///
/// Sendable: the stamps are atomic, the pointer never changes.
package final class ChargeStamps: @unchecked Sendable {
    private static let count = 4_096
    private let stamps: UnsafeMutablePointer<Atomic<UInt64>>
    private let last = Atomic<UInt64>(0)

    /// Stamps of cells none of which has been charged.
    package init() {
        stamps = .allocate(capacity: Self.count)
        for index in 0..<Self.count { (stamps + index).initialize(to: Atomic(0)) }
    }

    deinit {
        stamps.deinitialize(count: Self.count)
        stamps.deallocate()
    }

    /// The last charge so far. What the store says of a request that is sent now it says knowing of all before it.
    package var sequence: UInt64 { last.load(ordering: .acquiring) }

    /// Notes that a cell was charged, or that something was given back to it.
    package func charged(_ key: CellKey) {
        let sequence = last.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
        // Never back: of two at once the later one counts.
        _ = stamp(of: key).pointee.max(sequence, ordering: .acquiringAndReleasing)
    }

    /// Whether the cell, or one that shares its stamp, was charged after `sequence`.
    @inline(__always)
    package func isCharged(_ key: CellKey, since sequence: UInt64) -> Bool {
        stamp(of: key).pointee.load(ordering: .acquiring) > sequence
    }

    /// Rules of one caller differ in bits 2 to 25 of the high word only.
    @inline(__always)
    private func stamp(of key: CellKey) -> UnsafeMutablePointer<Atomic<UInt64>> {
        stamps + Int(truncatingIfNeeded: (key.low ^ key.high &>> 2) & UInt64(Self.count &- 1))
    }
}
