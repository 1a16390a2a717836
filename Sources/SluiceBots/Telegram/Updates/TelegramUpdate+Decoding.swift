#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension TelegramUpdate {
    /// Reads an update.
    ///
    /// A kind that this version does not know is read as far as it has a user and a chat.
    /// - Parameters:
    ///   - json: The body of a webhook's request, or an element of what `getUpdates` returns.
    ///   - botName: What the bot is called, with or without `@`, in any case: `/start@another_bot` is no command of
    ///     ours then. Without it every command is.
    /// - Throws: ``TelegramError/Code/malformedUpdate``, with ``TelegramError/updateID`` if it can be told.
    /// - Complexity: O(bytes).
    public init(json: some Sequence<UInt8>, botName: String? = nil) throws(TelegramError) {
        let bytes = [UInt8](json)
        guard bytes.count <= Self.maximumBytes else {
            throw TelegramError(
                .malformedUpdate,
                "The update has \(bytes.count) bytes, \(Self.maximumBytes) are the most; it is not from Telegram.")
        }
        let wire: WireUpdate
        do {
            wire = try JSONDecoder().decode(WireUpdate.self, from: Data(bytes))
        } catch {
            throw TelegramError(undecodable: bytes, error)
        }
        try wire.event.check(wire.kind, of: wire.id)
        let reading = EventReading(wire.kind, wire.event, botName: botName)
        self.init(
            id: wire.id, kind: wire.kind, update: reading.update(id: wire.id), chatID: reading.chat?.id,
            threadID: reading.thread, messageID: wire.event.messageID ?? wire.event.message?.messageID,
            queryID: reading.queryID, senderChatID: wire.event.senderChat?.id,
            businessConnectionID: wire.event.businessConnectionID ?? wire.event.message?.businessConnectionID,
            json: bytes)
    }

    /// Reads what the update is about into a type of your own: the value of the field that is named as ``kind``.
    /// - Throws: `DecodingError` if it has another form.
    public func payload<Payload: Decodable>(as type: Payload.Type = Payload.self) throws -> Payload {
        let decoder = JSONDecoder()
        decoder.userInfo[.payloadField] = kind.rawValue
        return try decoder.decode(FieldOf<Payload>.self, from: Data(json)).value
    }
}

extension CodingUserInfoKey {
    fileprivate static let payloadField = CodingUserInfoKey(rawValue: "payload field")!
}

/// One field of an object, named when it is read.
private struct FieldOf<Value: Decodable>: Decodable {
    var value: Value

    init(from decoder: any Decoder) throws {
        let field = decoder.userInfo[.payloadField] as? String ?? ""
        value = try decoder.container(keyedBy: WireKey.self).decode(Value.self, forKey: WireKey(field))
    }
}

extension TelegramError {
    /// What could not be decoded, where, and of which update.
    fileprivate init(undecodable json: [UInt8], _ error: any Error) {
        let id = (try? JSONDecoder().decode(WireUpdateNumber.self, from: Data(json)))?.id
        let name = id.map { "Update \($0)" } ?? "What should be an update"
        let told =
            switch error {
            case DecodingError.keyNotFound(let key, let context):
                "\(name) has no '\(Self.path(context.codingPath + [key]))'."
            case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
                context.codingPath.isEmpty
                    ? "\(name) is JSON, but no object."
                    : "\(name) has a '\(Self.path(context.codingPath))' of another type than the Bot API's."
            case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
                "\(name) has a '\(Self.path(context.codingPath))' that is no such value."
            case DecodingError.dataCorrupted(let context) where id != nil:
                "\(name): \(context.debugDescription)"
            default: "\(name) is not JSON."
            }
        self.init(.malformedUpdate, told, updateID: id)
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
