public import Sluice
import Synchronization

/// A platform that holds its callers to limits exactly: never more than so many arrivals in any window.
public final class PlatformModel: Sendable {
    /// What it allows.
    public struct Allowance: Sendable {
        /// What it counts by.
        public var keys: [DescriptorKey]
        /// How many may arrive in any window.
        public var count: Int
        /// The window.
        public var window: Duration

        /// `count` in any `window`, for each of the keys' values.
        public init(by keys: [DescriptorKey] = [], _ count: Int, per window: Duration) {
            self.keys = keys
            self.count = count
            self.window = window
        }
    }

    private struct Place: Hashable {
        var allowance: Int
        var values: [String]
    }

    private struct State {
        var arrivals: [Place: [Timestamp]] = [:]
        var accepted = 0
        var refused = 0
    }

    private let allowances: [Allowance]
    private let state = Mutex(State())

    /// A platform with these limits.
    public init(_ allowances: [Allowance]) { self.allowances = allowances }

    /// Telegram's limits as they are documented.
    public static func telegram() -> PlatformModel {
        PlatformModel([
            Allowance(30, per: .seconds(1)), Allowance(by: [.chat], 1, per: .seconds(1)),
            Allowance(by: [.group], 20, per: .minutes(1)),
        ])
    }

    /// How many calls were let in.
    public var accepted: Int { state.withLock { $0.accepted } }
    /// How many calls were refused: a 429 each.
    public var refused: Int { state.withLock { $0.refused } }

    /// A call arrives.
    /// - Returns: in how long it would be let in, if it is refused; a refused call does not count.
    public func arrive(_ descriptor: Descriptor, at now: Timestamp) -> Duration? {
        state.withLock { state in
            var wait: Duration?
            var places: [Place] = []
            for (index, allowance) in allowances.enumerated() {
                let values = allowance.keys.compactMap { descriptor[$0] }
                guard values.count == allowance.keys.count else { continue }
                let place = Place(allowance: index, values: values)
                places.append(place)
                let counted = (state.arrivals[place] ?? []).filter { now - $0 < allowance.window }
                state.arrivals[place] = counted
                guard counted.count >= allowance.count else { continue }
                let free = counted[counted.count - allowance.count] + allowance.window - now
                wait = max(wait ?? .zero, free)
            }
            if let wait {
                state.refused += 1
                return wait
            }
            for place in places { state.arrivals[place]!.append(now) }
            state.accepted += 1
            return nil
        }
    }
}
