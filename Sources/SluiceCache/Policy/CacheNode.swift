/// What eviction knows of an entry: no key and no value.
struct CacheNode {
    /// Where an entry is kept.
    enum Segment: UInt8 {
        /// No entry is here; the next unused node follows.
        case unused
        /// A newcomer. To `main` if it is asked for twice until its turn comes, else out.
        case small
        /// Out when its turn comes and nobody asked for it since the last one.
        case main
    }

    var hash: UInt64 = 0
    /// The moment from which on it is of no use.
    var expires = Int64.max
    var weight = 1
    /// Neighbours in the segment's queue, or -1 at its ends.
    var newer: Int32 = -1
    var older: Int32 = -1
    var segment = Segment.unused
    /// How often it was asked for since its last turn, at most three.
    var uses: UInt8 = 0

    /// More than this is not counted.
    static let mostUses: UInt8 = 3
}

/// Entries in the order in which they came.
struct ArrivalQueue {
    var newest: Int32 = -1
    var oldest: Int32 = -1
    /// The sum of the entries' weights.
    var weight = 0
}
