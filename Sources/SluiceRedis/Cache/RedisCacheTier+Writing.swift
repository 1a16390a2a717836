import NIOCore
import RESP
import Sluice
public import SluiceCache

extension RedisCacheTier {
    /// Keeps what was loaded after a reading, unless something has changed since; in one step.
    public func fill(
        _ name: String, with record: CacheTierRecord, after reading: CacheTierReading
    ) async throws -> Bool {
        guard let stamp = CacheStamp(reading.stamp), Self.clock.now() - stamp.readAt < store.longestLoad else {
            return false
        }
        let value = StoredValue(record, tags: stamp.tags, number: stamp.number)
        let reply = try await client.execute(
            Redis.EVAL(
                CacheScripts.fill, keys: [layout.value(name)],
                arguments: [
                    ByteBuffer(bytes: stamp.head), value.bytes, ByteBuffer(string: String(life(of: record))),
                ]))
        return reply.integer == 1
    }

    /// Keeps a value whatever was there, and tells all other instances.
    public func write(_ name: String, _ record: CacheTierRecord, tags: [String]) async throws {
        // The generations of now: whoever invalidates one later finds a value of before.
        let reading = try await read(name, tags: tags)
        guard let stamp = CacheStamp(reading.stamp) else { return }
        let value = StoredValue(record, tags: stamp.tags, number: stamp.number)
        let (key, life) = (layout.value(name), life(of: record))
        if life > 0 {
            try await client.execute(Redis.SET(key, value.bytes, expiresInMilliseconds: life))
        } else {
            try await bury(key)
        }
        try await publish(.name(name))
    }

    /// Forgets, and tells all other instances. A name or a tag takes two round trips.
    public func invalidate(_ scope: CacheScope) async throws {
        switch scope {
        case .name(let name): try await bury(layout.value(name))
        case .tag(let tag):
            try checkTags([tag])
            // A new generation, unlike all before: one that has expired cannot come back.
            let generation = CacheKeyLayout.digits(.random(in: 1 ... .max))
            try await client.execute(
                Redis.SET(
                    layout.tag(written: layout.written(tag)), generation,
                    expiresInMilliseconds: store.memory.millisecondsRoundedUp))
        case .matching(let pattern):
            try checkPattern(pattern)
            try await remember(pattern)
        case .everything: try await remember("*")
        }
        try await publish(scope)
        if case .matching(let pattern) = scope { await freeMemory(pattern) }
    }

    /// How many milliseconds Redis keeps a value.
    private func life(of record: CacheTierRecord) -> Int64 {
        let fresh = min(record.freshFor, store.longestLife)
        guard fresh > .zero else { return 0 }
        return min(fresh + record.keptStaleFor, store.longestLife).millisecondsRoundedUp
    }

    /// Leaves in place of a value what keeps loads that have begun from bringing it back.
    private func bury(_ key: String) async throws {
        try await client.execute(
            Redis.SET(
                key, StoredValue.tombstone().bytes, expiresInMilliseconds: store.tombstone.millisecondsRoundedUp))
    }

    // MARK: - Patterns

    private func remember(_ pattern: String) async throws {
        let microseconds = store.memory.wholeNanoseconds / 1_000
        try await client.execute(
            Redis.EVAL(
                CacheScripts.remember, keys: [layout.patterns],
                arguments: [
                    ByteBuffer(string: pattern), ByteBuffer(string: String(microseconds)),
                    ByteBuffer(string: String(max(1, store.patterns))),
                ]))
    }

    private func checkPattern(_ pattern: String) throws {
        guard store.names == .plain else {
            throw SluiceError(
                .unsupported,
                "names are hashed when they leave the process, so patterns match none: use a tag, or `names = .plain`"
            )
        }
        guard !pattern.isEmpty, pattern.utf8.count <= 1_024, !pattern.utf8.contains(0x0a) else {
            throw SluiceError(.unsupported, "a pattern has 1 to 1,024 bytes and no line ends")
        }
    }

    /// Removes values that are invalid already, a bounded number and a few at a time; the rest expires by itself.
    ///
    /// A cluster's values are left to expire: there is no node that knows all of them.
    private func freeMemory(_ pattern: String) async {
        guard store.redis.topology != .cluster else { return }
        let step = 500
        var (cursor, looked) = ("0", 0)
        repeat {
            let scan = Redis.SCAN(cursor, matching: layout.values(matching: pattern), count: step)
            guard let found = try? await client.execute(scan) else { return }
            if !found.keys.isEmpty { _ = try? await client.execute(Redis.UNLINK(found.keys)) }
            cursor = found.cursor
            looked += step
        } while cursor != "0" && looked < store.scannedKeys
    }
}
