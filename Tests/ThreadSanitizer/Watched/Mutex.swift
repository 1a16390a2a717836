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
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    init(_ initialValue: consuming sending Value) {
        lock = .allocate(capacity: 1)
        value = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        value.initialize(to: initialValue)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_mutex_destroy(lock)
        lock.deallocate()
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
