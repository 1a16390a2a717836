import Synchronization

/// Counts what is open, so that what exceeds a limit is refused at once.
final class HTTPAdmission: Sendable {
    let maximumConnections: Int
    let maximumRequests: Int
    private let connections = Atomic<Int>(0)
    private let refused = Atomic<UInt64>(0)
    private let requests = Atomic<Int>(0)

    init(_ limits: HTTPLimits) {
        maximumConnections = limits.maximumConnections
        maximumRequests = limits.maximumRequestsInFlight
    }

    /// Connections open now, and those refused because there were too many.
    var openConnections: Int { connections.load(ordering: .relaxed) }
    var refusedConnections: UInt64 { refused.load(ordering: .relaxed) }

    /// Whether one more connection may stay. What enters must leave.
    func enterConnection() -> Bool {
        let mayStay = Self.enter(connections, atMost: maximumConnections)
        if !mayStay { refused.add(1, ordering: .relaxed) }
        return mayStay
    }
    func leaveConnection() { connections.subtract(1, ordering: .relaxed) }

    /// Whether one more request may be served. What enters must leave.
    func enterRequest() -> Bool { Self.enter(requests, atMost: maximumRequests) }
    func leaveRequest() { requests.subtract(1, ordering: .relaxed) }

    @inline(__always)
    private static func enter(_ count: borrowing Atomic<Int>, atMost maximum: Int) -> Bool {
        if count.add(1, ordering: .relaxed).newValue <= maximum { return true }
        count.subtract(1, ordering: .relaxed)
        return false
    }
}
