import Sluice
import SluiceCache
import Synchronization

/// A tier in the memory of the test, which several caches share as instances share Redis; on a time line of the test.
final class SharedShelf: Sendable {
    struct Failure: Error {}

    private struct Stored {
        var record: CacheTierRecord
        var at: Timestamp
        var stamp: Int
    }

    private struct State {
        var stored: [String: Stored] = [:]
        /// The number of the last change of each name, tag and pattern.
        var changes = 0
        var names: [String: Int] = [:]
        var tags: [String: Int] = [:]
        var patterns: [(Pattern, Int)] = []
        var listeners: [Int: @Sendable (CacheTierEvent) -> Void] = [:]
        var locks: [String: UInt64] = [:]
        var isDown = false
        var reads = 0
        var fills = 0
    }

    private let state = Mutex(State())
    let time: TimeSource
    let hasher = NameHasher(secret: "test")

    init(_ time: TimeSource) { self.time = time }

    var reads: Int { state.withLock { $0.reads } }
    var fills: Int { state.withLock { $0.fills } }
    func isStored(_ name: String) -> Bool { state.withLock { $0.stored[name] != nil } }

    /// Whether it refuses everything, and has told its listeners so.
    func setDown(_ isDown: Bool) {
        let listeners = state.withLock { state in
            state.isDown = isDown
            return state.listeners.values
        }
        for listener in listeners { listener(isDown ? .lost : .connected) }
    }

    /// An instance's way to it.
    func tier(_ number: Int) -> Tier { Tier(shelf: self, number: number) }

    struct Tier: CacheTier {
        let shelf: SharedShelf
        let number: Int
        var hasher: NameHasher { shelf.hasher }

        func begin(_ listener: @escaping @Sendable (CacheTierEvent) -> Void) {
            shelf.state.withLock { $0.listeners[number] = listener }
            listener(.connected)
        }

        func read(_ name: String, tags: [String]) async throws -> CacheTierReading { try shelf.read(name, tags) }

        func fill(_ name: String, with record: CacheTierRecord, after reading: CacheTierReading) async throws -> Bool {
            try shelf.fill(name, record, reading)
        }

        func write(_ name: String, _ record: CacheTierRecord, tags: [String]) async throws {
            try shelf.change(.name(name)) { state, now in
                state.stored[name] = Stored(record: record, at: now, stamp: state.changes)
            }
            shelf.tell(.name(hasher.digest(name).low), from: number)
        }

        func invalidate(_ scope: CacheScope) async throws {
            try shelf.change(scope) { _, _ in }
            switch scope {
            case .name(let name): shelf.tell(.name(hasher.digest(name).low), from: number)
            case .tag(let tag): shelf.tell(.tag(hasher.digest(tag).low), from: number)
            case .matching(let pattern): shelf.tell(.matching(pattern), from: number)
            case .everything: shelf.tell(.everything, from: number)
            }
        }

        func lock(_ name: String, for duration: Duration) async throws -> CacheTierLock? {
            shelf.state.withLock { state in
                guard state.locks[name] == nil else { return nil }
                state.locks[name] = UInt64(number)
                return CacheTierLock(name: name, token: UInt64(number))
            }
        }

        func unlock(_ lock: CacheTierLock) async { shelf.state.withLock { $0.locks[lock.name] = nil } }

        func shutDown() async { shelf.state.withLock { $0.listeners[number] = nil } }
    }

    private func read(_ name: String, _ tags: [String]) throws -> CacheTierReading {
        try state.withLock { state in
            state.reads += 1
            guard !state.isDown else { throw Failure() }
            let stamp = withUnsafeBytes(of: state.changes) { Array($0) }
            guard let stored = state.stored[name], Self.isCurrent(name, stored, stored.record.tags, state) else {
                return CacheTierReading(record: nil, stamp: stamp)
            }
            var record = stored.record
            let age = time.now() - stored.at
            guard age < record.freshFor + record.keptStaleFor else {
                return CacheTierReading(record: nil, stamp: stamp)
            }
            record.freshFor -= age
            record.marks = record.tags.map { hasher.digest($0).low }
            return CacheTierReading(record: record, stamp: stamp)
        }
    }

    private static func isCurrent(_ name: String, _ stored: Stored, _ tags: [String], _ state: State) -> Bool {
        state.names[name, default: 0] <= stored.stamp
            && tags.allSatisfy { state.tags[$0, default: 0] <= stored.stamp }
            && state.patterns.allSatisfy { $0.1 <= stored.stamp || !$0.0.matches(name) }
    }

    private func fill(_ name: String, _ record: CacheTierRecord, _ reading: CacheTierReading) throws -> Bool {
        try state.withLock { state in
            guard !state.isDown else { throw Failure() }
            let stamp = reading.stamp.withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
            let stored = Stored(record: record, at: time.now(), stamp: stamp)
            guard Self.isCurrent(name, stored, record.tags, state) else { return false }
            state.stored[name] = stored
            state.fills += 1
            return true
        }
    }

    private func change(_ scope: CacheScope, _ then: (inout State, Timestamp) -> Void) throws {
        try state.withLock { state in
            guard !state.isDown else { throw Failure() }
            state.changes += 1
            switch scope {
            case .name(let name): state.names[name] = state.changes
            case .tag(let tag): state.tags[tag] = state.changes
            case .matching(let pattern): state.patterns.append((Pattern(pattern), state.changes))
            case .everything: state.patterns.append((Pattern("*"), state.changes))
            }
            then(&state, time.now())
        }
    }

    private func tell(_ mark: CacheMark, from number: Int) {
        let others = state.withLock { state in state.listeners.filter { $0.key != number }.map(\.value) }
        for listener in others { listener(.invalidated(mark)) }
    }
}
