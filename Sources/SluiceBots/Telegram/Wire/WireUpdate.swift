/// A field by any name.
struct WireKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// An update as the Bot API sends it: its number, and one field that is named after what happened.
struct WireUpdate: Decodable {
    var id: Int64
    var kind: TelegramUpdateKind
    var event: WireEvent

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: WireKey.self)
        id = try fields.decode(Int64.self, forKey: WireKey("update_id"))
        let kinds = fields.allKeys.filter { $0.stringValue != "update_id" }
            .map { TelegramUpdateKind(rawValue: $0.stringValue) }
        // One field is what the Bot API promises; of several the one is taken that is known, whatever their order.
        guard
            let kind = kinds.filter(\.isKnown).min(by: { $0.rawValue < $1.rawValue })
                ?? kinds.min(by: { $0.rawValue < $1.rawValue })
        else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "nothing but the number is there, so nothing happened."))
        }
        self.kind = kind
        let key = WireKey(kind.rawValue)
        event =
            kind.isKnown
            ? try fields.decode(WireEvent.self, forKey: key)
            : WireEvent(lenient: try? fields.nestedContainer(keyedBy: WireEvent.CodingKeys.self, forKey: key))
    }
}

/// The number of an update of which nothing else can be read.
struct WireUpdateNumber: Decodable {
    var id: Int64

    enum CodingKeys: String, CodingKey { case id = "update_id" }
}
