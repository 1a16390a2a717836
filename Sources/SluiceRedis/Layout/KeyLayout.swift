import RESP
import Sluice

/// Where in Redis a cell lies.
///
/// Cells lie in 65,536 buckets, and those under 128 hash tags, so that a call to a cluster can carry many decisions of
/// one slot. The cells of one caller's rules share a bucket; so do those of a partition its tag, but not its bucket.
/// ```
/// prefix:{5f}:be1a                  a bucket
/// prefix:{5f}:be1a00112233445566    the log or the leases of one cell
/// ```
struct KeyLayout: Sendable {
    /// How many hash tags there are.
    static let tagCount = 128

    let prefix: String
    private let bucketMask: UInt16
    /// How the key of a bucket begins on its way to Redis, up to the tag's digits, and how that of a list does.
    let bucketHead: [UInt8]
    let listHead: [UInt8]
    /// The slots of the tags in a cluster.
    private let slots: [HashSlot]

    /// - Parameter buckets: A power of two; fewer are for tests, where cells shall meet.
    init(prefix: String, buckets: Int = 65_536) {
        self.prefix = prefix
        bucketMask = UInt16(buckets - 1)
        // The prefix, ":{", 2 digits, "}:" and 4 digits; 14 more for a list.
        let length = prefix.utf8.count + 10
        bucketHead = Array("$\(length)\r\n\(prefix):{".utf8)
        listHead = Array("$\(length + 14)\r\n\(prefix):{".utf8)
        slots = (0..<Self.tagCount).map { HashSlot(key: "\(prefix):{\(Self.hexadecimal($0))}:") }
    }

    /// The hash tag of a cell, 0 to 127.
    func tag(of key: CellKey) -> Int { Int(bucket(of: key) >> 9) }

    /// The cluster's slot of a cell.
    func slot(of key: CellKey) -> HashSlot { slots[tag(of: key)] }

    /// The bucket of a cell. Its top bits are the tag.
    ///
    /// The high word's upper bits differ from caller to caller even where a partition has given all of them one low
    /// word, and are the same for all rules of a caller.
    func bucket(of key: CellKey) -> UInt16 {
        (UInt16(truncatingIfNeeded: key.low >> 48) ^ UInt16(truncatingIfNeeded: key.high >> 55)) & bucketMask
    }

    private static func hexadecimal(_ tag: Int) -> String {
        let digits = String(tag, radix: 16)
        return digits.count < 2 ? "0" + digits : digits
    }
}
