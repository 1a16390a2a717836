/// The state of one rule for one key: 16 bytes.
///
/// ```
/// expiry   nanoseconds; from then on the cell says the same as an absent one
/// bits     16 limit | 1 exhausted | 47 payload
/// ```
/// The limit is the one under which the state was written. When a rule's numbers change, the old limit tells
/// what was used.
struct Cell: Hashable, Sendable {
    /// When the cell says the same as an absent one. For a token bucket the theoretical arrival time.
    var expiry: Int64
    private var bits: UInt64

    /// No state. Memory that was never written reads as this.
    static let empty = Cell(expiry: 0, bits: 0)

    static let payloadBits: UInt64 = 47
    private static let exhaustedBit: UInt64 = 1 << 47

    private init(expiry: Int64, bits: UInt64) {
        self.expiry = expiry
        self.bits = bits
    }

    @inline(__always)
    init(expiry: Int64, limit: LimitID, payload: UInt64, isExhausted: Bool) {
        self.expiry = expiry
        bits = UInt64(limit.rawValue) &<< 48 | (isExhausted ? Self.exhaustedBit : 0) | payload
    }

    @inline(__always) var isEmpty: Bool { bits == 0 }

    @inline(__always) var limit: LimitID { LimitID(rawValue: UInt16(truncatingIfNeeded: bits &>> 48)) }

    /// Whether its last charge left nothing: such a caller is being limited, and a full store keeps him.
    @inline(__always) var isExhausted: Bool { bits & Self.exhaustedBit != 0 }

    /// What the algorithm keeps beside the expiry.
    @inline(__always) var payload: UInt64 { bits & (Self.exhaustedBit &- 1) }

    /// Whether the cell still says something at `now`.
    @inline(__always) func isLive(at now: Int64) -> Bool { expiry >= now && bits != 0 }

    /// The same state under another limit that reads it alike.
    func with(limit: LimitID) -> Cell {
        Cell(expiry: expiry, limit: limit, payload: payload, isExhausted: isExhausted)
    }
}

/// The place of a limit in the store's ``LimitRegistry``; 0 is none.
package struct LimitID: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    static let none = LimitID(rawValue: 0)
    /// Cells of `CL.THROTTLE`, whose limit comes with each call.
    package static let throttle = LimitID(rawValue: 1)
    /// The first that a registered limit gets.
    static let first: UInt16 = 2
}
