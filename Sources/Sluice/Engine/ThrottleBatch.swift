/// Calls of `CL.THROTTLE` that are decided together.
///
/// Keys are hashed as calls are added, so that the loop that decides has little left to do between one cell and the
/// next, and the processor can begin to fetch the second while it still works on the first.
package struct ThrottleBatch: ~Copyable {
    private let limiter: Limiter
    private let calls: UnsafeMutablePointer<ThrottleCall>
    private var hasher: KeyHasher
    /// How many calls wait for their decision.
    package private(set) var count = 0

    /// The most calls of a batch.
    package static let capacity = 64

    /// A batch without calls.
    package init(_ limiter: Limiter) {
        self.limiter = limiter
        calls = .allocate(capacity: Self.capacity)
        hasher = limiter.throttleHasher()
    }

    deinit { calls.deallocate() }

    package var isEmpty: Bool { count == 0 }
    package var isFull: Bool { count == Self.capacity }

    /// Takes note of a secret that was restored since; once for each read is enough.
    package mutating func begin() { hasher = limiter.throttleHasher() }

    /// Adds a call, whose key is hashed now.
    /// - Precondition: There is room, `count` is not zero, and the period in nanoseconds is an `Int64`.
    package mutating func append(
        key: UnsafeRawBufferPointer, maxBurst: Int64, count: Int64, periodSeconds: Int64, quantity: Int64
    ) {
        precondition(self.count < Self.capacity)
        let call = ThrottleCall(
            key, hasher, maxBurst: maxBurst, count: count, periodSeconds: periodSeconds, quantity: quantity)
        // Calls are trivial, so storing over an old one needs no deinitialization.
        (calls + self.count).initialize(to: call)
        self.count += 1
    }

    /// Decides a call and charges it. Ask for each once, in order.
    package func decide(_ index: Int, at now: Timestamp) -> ThrottleReply {
        precondition(index < count)
        return limiter.store.shards.throttle(calls[index], now: now.nanoseconds)
    }

    /// Empties the batch.
    package mutating func removeAll() { count = 0 }
}
