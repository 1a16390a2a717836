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
    // Apart from the provider, so that reading the system's clock copies no reference.
    private let isSystem: Bool
    private let offset: Int64
    private let provider: (any TimeProvider)?

    /// The system's steady clock, set once to the wall clock when it is made.
    ///
    /// A later step of the wall clock neither gives nor takes quota. The clock runs on while the machine sleeps.
    public static var system: TimeSource {
        TimeSource(
            isSystem: true, offset: read(CLOCK_REALTIME).saturatingSubtracting(read(steadyClock)), provider: nil)
    }

    /// Another time line.
    public static func provided(by provider: any TimeProvider) -> TimeSource {
        TimeSource(isSystem: false, offset: 0, provider: provider)
    }

    /// The present moment.
    @inline(__always)
    public func now() -> Timestamp {
        isSystem ? Timestamp(nanoseconds: Self.read(Self.steadyClock) &+ offset) : providedNow()
    }

    @inline(never)
    private func providedNow() -> Timestamp {
        provider?.now() ?? Timestamp(nanoseconds: 0)
    }

    /// Returns once `moment` has come, or throws `CancellationError`.
    public func sleep(until moment: Timestamp) async throws {
        if let provider { return try await provider.sleep(until: moment) }
        let wait = moment - now()
        if wait > .zero { try await Task.sleep(for: wait) }
    }

    /// A clock for measuring how long something takes, in nanoseconds.
    @inline(__always) package static var steadyNanoseconds: Int64 { read(CLOCK_MONOTONIC) }

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
