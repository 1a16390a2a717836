#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// What `Synchronization.Mutex` offers, on a lock that the thread sanitizer knows.
///
/// On Linux the library's own lock is handed from one waiting thread to the next by the kernel
/// (`FUTEX_UNLOCK_PI`), which the sanitizer does not see: it takes every contended lock for a race. Modules built
/// for the sanitizer contain this type, and their own types come before imported ones.
///
/// Sendable: the value is only reached under the lock.
struct Mutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    /// The lock and the value behind it: one pointer, so that it is as small as the library's where a lock lies within
    /// a cache line.
    private let memory: UnsafeMutableRawPointer

    private var lock: UnsafeMutablePointer<pthread_mutex_t> {
        memory.assumingMemoryBound(to: pthread_mutex_t.self)
    }
    private var value: UnsafeMutablePointer<Value> { Self.place(in: memory).assumingMemoryBound(to: Value.self) }

    init(_ initialValue: consuming sending Value) {
        let alignment = max(MemoryLayout<pthread_mutex_t>.alignment, MemoryLayout<Value>.alignment)
        memory = .allocate(
            byteCount: MemoryLayout<pthread_mutex_t>.size + alignment + MemoryLayout<Value>.size, alignment: alignment)
        memory.initializeMemory(as: pthread_mutex_t.self, to: pthread_mutex_t())
        pthread_mutex_init(memory.assumingMemoryBound(to: pthread_mutex_t.self), nil)
        Self.place(in: memory).bindMemory(to: Value.self, capacity: 1).initialize(to: initialValue)
    }

    private static func place(in memory: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        (memory + MemoryLayout<pthread_mutex_t>.size).alignedUp(for: Value.self)
    }

    deinit {
        value.deinitialize(count: 1)
        pthread_mutex_destroy(lock)
        memory.deallocate()
    }

    borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body(&value.pointee)
    }

    borrowing func _unsafeLock() { pthread_mutex_lock(lock) }
    borrowing func _unsafeUnlock() { pthread_mutex_unlock(lock) }
}
