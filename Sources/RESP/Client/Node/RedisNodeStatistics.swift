/// What happened at one node since its client began, and how it is now.
package struct RedisNodeStatistics: Hashable, Sendable {
    /// What happened on its connections.
    package var connections = ConnectionCounters()
    /// Connections that became ready, connections that ended after that, and attempts that failed.
    package var connected = 0
    package var lost = 0
    package var failedAttempts = 0
    /// Commands that were refused because no connection was up.
    package var refusedUnconnected = 0
    /// Commands that wait at present.
    package var queued = 0

    package init() {}
}
