/// What eviction knows of an entry: no key and no value.
struct CacheNode {
    /// Where an entry is kept: newcomers, those on probation, and those that proved themselves.
    enum Segment: UInt8 {
        /// No entry is here; the next unused node follows.
        case unused
        /// To `probation` as others come, if the cache has room for it there.
        case window
        /// To `protected` when it is asked for, out when it loses against a newcomer.
        case probation
        /// To `probation` as others prove themselves.
        case protected
    }

    var hash: UInt64 = 0
    /// The moment from which on it is of no use.
    var expires = Int64.max
    var weight = 1
    /// Neighbours in the segment's list, the more recently used one first; -1 at its ends.
    var newer: Int32 = -1
    var older: Int32 = -1
    var segment = Segment.unused
}

/// Entries in the order of their last use.
struct RecencyList {
    var newest: Int32 = -1
    var oldest: Int32 = -1
    /// The sum of the entries' weights.
    var weight = 0
}
