internal import Synchronization

/// The policies in force by their names, once for each of a few groups of threads: who looks one up takes the lock of
/// his group, so that threads seldom wait for each other. One lock for all let eight threads on two cores make a
/// thirtieth of the decisions of one.
///
/// Sendable: each copy is touched under its lock only, which lies just before it and is no part of it.
final class PolicyTable: @unchecked Sendable {
    /// What a limiter decides by.
    struct Contents {
        var policies: [Policy]
        var compiled: [String: CompiledPolicy]
        var throttleHasher: KeyHasher
        /// The one that was asked for last, which is mostly the next one too: found without hashing its name.
        fileprivate var latest: CompiledPolicy?

        init(_ policies: [Policy], compiled: [String: CompiledPolicy], throttleHasher: KeyHasher) {
            (self.policies, self.compiled, self.throttleHasher) = (policies, compiled, throttleHasher)
        }
    }

    private static let copies = 64
    /// Bytes from one copy's lock to the next, so many that two of them never share a cache line.
    private static let stride = 128
    /// Bytes from a lock to its copy.
    private static let lockBytes = 8

    private let base: UnsafeMutableRawPointer

    init(_ contents: Contents) {
        precondition(MemoryLayout<Mutex<Void>>.size <= Self.lockBytes, "a lock reaches into what it protects")
        precondition(MemoryLayout<Contents>.size <= Self.stride - Self.lockBytes, "two copies overlap")
        base = .allocate(byteCount: Self.copies * Self.stride, alignment: Self.stride)
        for place in 0..<Self.copies {
            lock(place).initialize(to: Mutex(()))
            copy(place).initialize(to: contents)
        }
    }

    deinit {
        for place in 0..<Self.copies {
            copy(place).deinitialize(count: 1)
            lock(place).deinitialize(count: 1)
        }
        base.deallocate()
    }

    private func lock(_ place: Int) -> UnsafeMutablePointer<Mutex<Void>> {
        (base + place &* Self.stride).assumingMemoryBound(to: Mutex<Void>.self)
    }

    private func copy(_ place: Int) -> UnsafeMutablePointer<Contents> {
        (base + (place &* Self.stride &+ Self.lockBytes)).assumingMemoryBound(to: Contents.self)
    }

    /// The policies as they were given.
    var policies: [Policy] { withCopy { $0.policies } }

    /// The hash state in front of a bare key.
    var throttleHasher: KeyHasher { withCopy { $0.throttleHasher } }

    /// The policy of a name, or else the names that there are.
    func policy(_ name: String) -> (found: CompiledPolicy?, names: [String]) {
        withCopy { copy in
            if let latest = copy.latest, latest.policy.name == name { return (latest, []) }
            guard let policy = copy.compiled[name] else { return (nil, Array(copy.compiled.keys)) }
            copy.latest = policy
            return (policy, [])
        }
    }

    private func withCopy<Result>(_ body: (inout Contents) -> Result) -> Result {
        let place = ThreadGroups.place(among: Self.copies)
        lock(place).pointee._unsafeLock()
        defer { lock(place).pointee._unsafeUnlock() }
        return body(&copy(place).pointee)
    }

    /// Puts other policies in force for all threads in one step.
    /// - Parameter alongside: Done in the same step.
    /// - Returns: What was in force, for the caller to let go of when nobody waits for it.
    func replace(with contents: Contents, _ alongside: () -> Void) -> Contents {
        for place in 0..<Self.copies { lock(place).pointee._unsafeLock() }
        defer { for place in 0..<Self.copies { lock(place).pointee._unsafeUnlock() } }
        let old = copy(0).pointee
        for place in 0..<Self.copies { copy(place).pointee = contents }
        alongside()
        return old
    }
}
