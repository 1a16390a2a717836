import NIOCore
import Sluice
import SluiceCache
import Testing

@testable import SluiceRedis

@Suite("What a cache writes to Redis")
struct CacheWireTests {
    @Test("values, stamps and messages are read as they were written, and nothing else is")
    func roundTrips() throws {
        let record = CacheTierRecord(
            content: [1, 2, 3], freshFor: .seconds(1), keptStaleFor: .seconds(5), loadTime: .microseconds(1_234),
            version: 77)
        let tags = [StoredValue.Tag(name: "users", generation: 0), StoredValue.Tag(name: "ümlaut", generation: .max)]
        let value = StoredValue(record, tags: tags, number: 9)
        #expect(StoredValue(value.bytes) == value)
        let absent = StoredValue(CacheTierRecord(content: nil, freshFor: .zero), tags: [], number: 0)
        #expect(StoredValue(absent.bytes)?.kind == .absent)
        let stamp = CacheStamp(
            head: [1, 2, 3, 4, 5, 6, 7, 8, 9], number: 4, tags: tags, readAt: Timestamp(nanoseconds: 5))
        #expect(CacheStamp(stamp.bytes) == stamp)
        for length in 0..<(value.bytes.readableBytes - 3) {
            #expect(StoredValue(ByteBuffer(value.bytes.readableBytesView.prefix(length))) == nil)
        }
        #expect(
            StoredValue(ByteBuffer(string: "{\"json\": true, \"of\": \"somebody else, who uses this key\"}")) == nil)
        for length in 0..<stamp.bytes.count { #expect(CacheStamp(Array(stamp.bytes.prefix(length))) == nil) }
    }

    @Test("messages name what was invalidated as Redis sees it", arguments: [RedisCacheStore.Names.hashed, .plain])
    func messages(_ names: RedisCacheStore.Names) {
        let hasher = NameHasher(secret: "s")
        let layout = CacheKeyLayout(prefix: "c", names: names, hasher: hasher)
        func mark(_ scope: CacheScope) -> CacheMark? {
            let message = CacheMessage(sender: 3, scope, layout)
            #expect(CacheMessage(message.bytes) == message && message.sender == 3)
            return CacheMessage(message.bytes)?.mark(hasher)
        }
        #expect(mark(.name("user:1")) == .name(hasher.digest("user:1").low))
        #expect(mark(.tag("users")) == .tag(hasher.digest("users").low))
        #expect(mark(.matching("a*")) == .matching("a*"))
        #expect(mark(.everything) == .everything)
        let bytes = CacheMessage(sender: 0, .name("user:1"), layout).bytes
        #expect(String(buffer: bytes).contains("user") == (names == .plain))
        for text in ["", "short", "zzzzzzzzzzzzzzzzn", "0000000000000000?x", "0000000000000000Nxy"] {
            #expect(CacheMessage(ByteBuffer(string: text)) == nil, "\(text)")
        }
    }

    @Test("what was invalidated by a pattern is told apart from what came later")
    func patternLog() {
        let log = PatternLog(ByteBuffer(string: "5\n7 user:*\n9 a*z"))
        #expect(log.last == 9)
        #expect(!log.holds("b", since: 4))
        #expect(log.holds("b", since: 5))
        #expect(!log.holds("user:1", since: 6))
        #expect(log.holds("user:1", since: 7))
        #expect(!log.holds("a to z", since: 8))
        #expect(log.holds("a to z", since: 9))
        #expect(PatternLog(nil).last == 0 && PatternLog(nil).holds("a", since: 0))
    }
}
