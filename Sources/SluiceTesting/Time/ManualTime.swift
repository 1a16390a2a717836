public import Sluice
import Synchronization

/// A time line that a test moves by hand, so that no test sleeps and none depends on the wall clock.
///
/// Time stands still until ``advance(by:)``, ``advanceToNextSleeper()`` or ``set(to:)`` moves it. Whoever sleeps
/// is woken in the order of the moments slept for. A test that must know that others have gone to sleep awaits
/// ``untilSleepers(_:)``, never a real delay:
///
/// ```swift
/// let time = ManualTime()
/// let limiter = try Limiter(policies, time: .provided(by: time))
/// async let decision = limiter.waitUntilAllowed("chat", [.user: "42"], upTo: .seconds(10))
/// await time.untilSleepers(1)
/// time.advance(by: .seconds(10))
/// ```
public final class ManualTime: TimeProvider {
    private struct Sleeper {
        var id: UInt64
        var moment: Timestamp
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        var count: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now: Timestamp
        var nextID: UInt64 = 0
        var sleepers: [UInt64: Sleeper] = [:]
        var watchers: [Watcher] = []

        /// Takes out whoever waits for no more sleepers than there are.
        mutating func satisfiedWatchers() -> [Watcher] {
            let satisfied = watchers.filter { $0.count <= sleepers.count }
            watchers.removeAll { $0.count <= sleepers.count }
            return satisfied
        }

        /// Takes out whoever has slept long enough, the earliest first.
        mutating func wokenSleepers() -> [Sleeper] {
            let woken = sleepers.values.filter { $0.moment <= now }
            for sleeper in woken { sleepers[sleeper.id] = nil }
            return woken.sorted { ($0.moment, $0.id) < ($1.moment, $1.id) }
        }
    }

    private let state: Mutex<State>

    /// A time line that stands at `moment`; by default in November 2023, on no boundary of any period.
    public init(at moment: Timestamp = Timestamp(nanoseconds: 1_700_000_001_234_567_890)) {
        state = Mutex(State(now: moment))
    }

    public func now() -> Timestamp { state.withLock { $0.now } }

    /// How many sleep now.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// The earliest moment that somebody sleeps for; `nil` if nobody sleeps.
    public var nextMoment: Timestamp? { state.withLock { $0.sleepers.values.map(\.moment).min() } }

    /// Moves time forward and wakes whoever has slept long enough.
    public func advance(by duration: Duration) {
        move { $0.now = $0.now + duration }
    }

    /// Moves time to the earliest moment that somebody sleeps for.
    /// - Returns: whether anybody slept.
    @discardableResult
    public func advanceToNextSleeper() -> Bool {
        var found = false
        move { state in
            guard let earliest = state.sleepers.values.map(\.moment).min() else { return }
            found = true
            state.now = max(state.now, earliest)
        }
        return found
    }

    /// Sets the time, also back: a ``TimeProvider`` must not do that, and a test shows what happens if one does.
    public func set(to moment: Timestamp) {
        move { $0.now = moment }
    }

    private func move(_ change: (inout State) -> Void) {
        let woken = state.withLock { state in
            change(&state)
            return state.wokenSleepers()
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    public func sleep(until moment: Timestamp) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enqueue(Sleeper(id: id, moment: moment, continuation: continuation))
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func enqueue(_ sleeper: Sleeper) {
        // The handler may have run before there was anything to take out, so look once more inside the lock:
        // a task that is cancelled after this look finds its sleeper in the list.
        let (result, watchers) = state.withLock { state -> (Result<Void, any Error>?, [Watcher]) in
            if Task.isCancelled { return (.failure(CancellationError()), []) }
            if sleeper.moment <= state.now { return (.success(()), []) }
            state.sleepers[sleeper.id] = sleeper
            return (nil, state.satisfiedWatchers())
        }
        if let result { sleeper.continuation.resume(with: result) }
        for watcher in watchers { watcher.continuation.resume() }
    }

    private func cancel(_ id: UInt64) {
        let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
        sleeper?.continuation.resume(throwing: CancellationError())
    }

    /// Returns once at least `count` sleep.
    public func untilSleepers(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isSatisfied = state.withLock { state in
                if state.sleepers.count >= count { return true }
                state.watchers.append(Watcher(count: count, continuation: continuation))
                return false
            }
            if isSatisfied { continuation.resume() }
        }
    }
}
