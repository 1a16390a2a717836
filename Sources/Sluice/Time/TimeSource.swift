#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A time line that a limiter lives on. Tests hand in one that they move by hand.
public protocol TimeProvider: Sendable {
    /// The present moment; it never goes back.
    func now() -> Timestamp
    /// Returns once `moment` has come, or throws `CancellationError`.
    func sleep(until moment: Timestamp) async throws
}

/// Where a limiter takes the time from.
public struct TimeSource: Sendable {
    private enum Kind: Sendable {
        case system(offset: Int64)
        case provided(any TimeProvider)
    }

    private let kind: Kind

    /// The system's steady clock, set once to the wall clock when it is made.
    ///
    /// A later step of the wall clock neither gives nor takes quota. The clock runs on while the machine sleeps.
    public static var system: TimeSource {
        TimeSource(kind: .system(offset: read(CLOCK_REALTIME).saturatingSubtracting(read(steadyClock))))
    }

    /// Another time line.
    public static func provided(by provider: any TimeProvider) -> TimeSource {
        TimeSource(kind: .provided(provider))
    }

    /// The present moment.
    @inline(__always)
    public func now() -> Timestamp {
        switch kind {
        case .system(let offset): Timestamp(nanoseconds: Self.read(Self.steadyClock) &+ offset)
        case .provided(let provider): provider.now()
        }
    }

    /// Returns once `moment` has come, or throws `CancellationError`.
    public func sleep(until moment: Timestamp) async throws {
        switch kind {
        case .system:
            let wait = moment - now()
            if wait > .zero { try await Task.sleep(for: wait) }
        case .provided(let provider): try await provider.sleep(until: moment)
        }
    }

    #if os(Linux) || os(Android)
    private static var steadyClock: clockid_t { CLOCK_BOOTTIME }
    #else
    private static var steadyClock: clockid_t { CLOCK_MONOTONIC }
    #endif

    @inline(__always)
    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
