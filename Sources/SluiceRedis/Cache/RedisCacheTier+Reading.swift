import NIOCore
import RESP
import Sluice
public import SluiceCache

extension RedisCacheTier {
    /// What lay under a name, and what it depends on.
    private struct Question {
        var value: StoredValue?
        var head: [UInt8]
        /// Milliseconds that it is kept.
        var remaining: Int64
        var log: PatternLog
        var tags: [StoredValue.Tag]
    }

    /// What is known of a name, in one round trip; two if its value has tags that the caller does not name.
    public func read(_ name: String, tags: [String]) async throws -> CacheTierReading {
        try checkTags(tags)
        let readAt = Self.clock.now()
        let question = try await ask(name, tags.map { layout.written($0) })
        let stamp = CacheStamp(head: question.head, number: question.log.last, tags: question.tags, readAt: readAt)
        guard let value = question.value, value.kind != .invalidated, question.remaining > 0,
            question.log.holds(name, since: value.number), try await areCurrent(value.tags, question.tags)
        else { return CacheTierReading(record: nil, stamp: stamp.bytes) }
        var record = CacheTierRecord(
            content: value.kind == .value ? value.content : nil,
            freshFor: .milliseconds(question.remaining) - value.keptStale, keptStaleFor: value.keptStale,
            loadTime: value.loadTime, version: value.version, tags: tags)
        record.marks = value.tags.compactMap { layout.mark(written: $0.name) }
        return CacheTierReading(record: record, stamp: stamp.bytes)
    }

    /// All that can be asked at once, in one write.
    private func ask(_ name: String, _ tags: [String]) async throws -> Question {
        let key = layout.value(name)
        var commands = [
            Redis.Command(["GET", key], keysAffected: [key]), Redis.Command(["PTTL", key], keysAffected: [key]),
            Redis.Command(["GET", layout.patterns], keysAffected: [layout.patterns]),
        ]
        for tag in tags {
            let key = layout.tag(written: tag)
            commands.append(Redis.Command(["GET", key], keysAffected: [key]))
        }
        var replies: [RESPValue] = []
        for reply in await client.execute(commands) { replies.append(try reply.get()) }
        let bytes = replies[0].bytes
        return Question(
            value: bytes.flatMap { StoredValue($0) },
            head: bytes.map { Array($0.readableBytesView.prefix(StoredValue.headLength)) } ?? [],
            remaining: replies[1].integer ?? 0, log: PatternLog(replies[2].bytes),
            tags: zip(tags, replies.dropFirst(3)).map { tag, reply in
                StoredValue.Tag(name: tag, generation: Self.generation(reply))
            })
    }

    private static func generation(_ reply: RESPValue) -> UInt64 {
        reply.text.flatMap { UInt64($0, radix: 16) } ?? 0
    }

    /// Whether no tag of a value was invalidated since it was loaded. Those that the caller did not name are asked for.
    private func areCurrent(_ tags: [StoredValue.Tag], _ known: [StoredValue.Tag]) async throws -> Bool {
        var unknown: [StoredValue.Tag] = []
        for tag in tags {
            guard let current = known.first(where: { $0.name == tag.name }) else {
                unknown.append(tag)
                continue
            }
            if current.generation != tag.generation { return false }
        }
        guard !unknown.isEmpty else { return true }
        let commands = unknown.map { tag in
            let key = layout.tag(written: tag.name)
            return Redis.Command(["GET", key], keysAffected: [key])
        }
        for (tag, reply) in zip(unknown, await client.execute(commands))
        where
            Self.generation(try reply.get()) != tag.generation
        { return false }
        return true
    }

    static let clock = TimeSource.system

    /// What one value may depend on.
    static var mostTags: Int { 32 }

    func checkTags(_ tags: [String]) throws {
        guard tags.count <= Self.mostTags, tags.allSatisfy({ $0.utf8.count <= 1_024 }) else {
            throw SluiceError(
                .unsupported, "a value has at most \(Self.mostTags) tags of at most 1,024 bytes: give fewer or shorter")
        }
    }
}
