internal import Synchronization

/// Counts a limiter's reloads, in memory of its own so that comparing with it counts no references.
///
/// Sendable: the number is atomic, the pointer never changes.
final class Generation: @unchecked Sendable {
    private let counter: UnsafeMutablePointer<Atomic<UInt64>>

    init() {
        counter = .allocate(capacity: 1)
        counter.initialize(to: Atomic(0))
    }

    deinit { counter.deallocate() }

    /// How many reloads there have been.
    var number: UInt64 { counter.pointee.load(ordering: .relaxed) }

    func advance() { counter.pointee.wrappingAdd(1, ordering: .releasing) }

    /// The counter, for those who hold this object.
    var unowned: UnsafePointer<Atomic<UInt64>> { UnsafePointer(counter) }
}
