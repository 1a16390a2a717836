/// What happened on connections, counted from their beginning.
package struct ConnectionCounters: Hashable, Sendable {
    /// Requests handed to the network, and in how many writes.
    package var sent = 0
    package var batches = 0
    /// Replies that came.
    package var received = 0
    /// Commands whose deadline passed.
    package var timedOut = 0
    /// Commands that were refused because too many waited.
    package var refused = 0

    package init() {}

    static func + (a: ConnectionCounters, b: ConnectionCounters) -> ConnectionCounters {
        var sum = a
        sum.sent += b.sent
        sum.batches += b.batches
        sum.received += b.received
        sum.timedOut += b.timedOut
        sum.refused += b.refused
        return sum
    }
}
