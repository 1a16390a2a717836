import SluiceBots
import SluiceBotsTesting
import SluiceTesting
import Testing

@Suite("Telegram updates that are wrong")
struct TelegramUpdateFuzzTests {
    @Test(
        "are told by what is wrong and where",
        arguments: [
            ("", "What should be an update is not JSON."),
            ("{", "What should be an update is not JSON."),
            ("[]", "What should be an update is JSON, but no object."),
            ("{}", "What should be an update has no 'update_id'."),
            (#"{"update_id":"1","message":{}}"#, "another type"),
            (#"{"update_id":1}"#, "nothing happened"),
            (#"{"update_id":1,"message":{}}"#, "Update 1 has no 'message.message_id'."),
            (#"{"update_id":1,"message":{"message_id":1}}"#, "Update 1 has no 'message.chat'."),
            (#"{"update_id":1,"message":{"message_id":1,"chat":{}}}"#, "Update 1 has no 'message.chat.id'."),
            (#"{"update_id":1,"message":{"message_id":1,"chat":{"id":"x"}}}"#, "'message.chat.id' of another type"),
            (#"{"update_id":1,"message":[]}"#, "'message' of another type"),
            (#"{"update_id":1,"callback_query":{"from":{"id":1}}}"#, "Update 1 has no 'callback_query.id'."),
            (#"{"update_id":1,"message":{"message_id":1,"chat":{"id":1},"entities":[{}]}}"#, "message.entities.0.type"),
        ])
    func told(_ json: String, _ message: String) throws {
        let error = #expect(throws: TelegramError.self) { try TelegramUpdate(json: json.utf8) }
        #expect(error?.code == .malformedUpdate)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "nothing")")
        #expect(error?.updateID == (json.hasPrefix(#"{"update_id":1"#) ? 1 : nil))
    }

    @Test("of every kind: each promised field that is missing is told", arguments: TelegramUpdateKind.known)
    func missing(_ kind: TelegramUpdateKind) throws {
        let empty = TelegramUpdateBuilder(kind)
        let bare = #"{"update_id":1,"\#(empty.kind)":{}}"#
        #expect(throws: TelegramError.self) { try TelegramUpdate(json: bare.utf8) }
    }

    @Test("that are too large are refused unread")
    func tooLarge() {
        let json = [UInt8](repeating: 0x20, count: TelegramUpdate.maximumBytes + 1)
        let error = #expect(throws: TelegramError.self) { try TelegramUpdate(json: json) }
        #expect(error?.message.contains("bytes") == true)
    }

    @Test("that are nested deeply are refused, not followed")
    func nested() {
        let json = Array(#"{"update_id":1,"message":"#.utf8) + [UInt8](repeating: 0x5B, count: 100_000)
        #expect(throws: TelegramError.self) { try TelegramUpdate(json: json) }
    }

    @Test("changed at random crash nothing, and what is read has its own number", arguments: 0..<8 as Range<UInt64>)
    func fuzz(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let corpus = TelegramUpdateBuilder.ofEveryKind.map { $0.id(12).inTopicIfAny(seed).json }
        var read = 0
        for _ in 0..<1_500 {
            var json = corpus[Int(random.next() % UInt64(corpus.count))]
            for _ in 0..<(random.next() % 4 + 1) { json.change(&random) }
            do throws(TelegramError) {
                let update = try TelegramUpdate(json: json)
                read += 1
                #expect(update.update.id == String(update.id), "seed \(seed)")
                _ = update.update.descriptor
            } catch {
                #expect(error.code == .malformedUpdate && !error.message.isEmpty, "seed \(seed)")
            }
        }
        #expect(read > 0, "seed \(seed)")
    }
}

extension TelegramUpdateBuilder {
    fileprivate func inTopicIfAny(_ seed: UInt64) -> Self { seed.isMultiple(of: 2) ? inTopic(3) : self }
}

extension [UInt8] {
    /// A byte changed, taken out or repeated, or a piece cut off or doubled.
    fileprivate mutating func change(_ random: inout SplitMix64) {
        guard count > 2 else { return }
        let place = Int(random.next() % UInt64(count))
        let other = Int(random.next() % UInt64(count))
        switch random.next() % 6 {
        case 0: self[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: remove(at: place)
        case 2: insert(self[other], at: place)
        case 3: removeSubrange(Swift.min(place, other)..<Swift.max(place, other))
        case 4: insert(contentsOf: self[Swift.min(place, other)..<Swift.max(place, other)], at: place)
        default: self[place] = Array("0123456789-{}[]\",:eE.ntf".utf8)[Int(random.next() % 24)]
        }
    }
}
