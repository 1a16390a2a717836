public import NIOCore

/// What a reply says, whichever way a version of the protocol says it.
extension RESPValue {
    /// The text of a string of any kind; bytes that are no UTF-8 are replaced. `nil` for what is no string.
    public var text: String? {
        switch self {
        case .simple(let text), .bigNumber(let text): text
        case .bulk(let bytes), .verbatim(_, let bytes): String(buffer: bytes)
        default: nil
        }
    }

    /// The bytes of a string of any kind.
    public var bytes: ByteBuffer? {
        switch self {
        case .simple(let text), .bigNumber(let text): ByteBuffer(string: text)
        case .bulk(let bytes), .verbatim(_, let bytes): bytes
        default: nil
        }
    }

    /// A whole number, sent as one or as its decimal digits.
    public var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .boolean(let value): value ? 1 : 0
        case .simple(let text): Int64(text)
        case .bulk(let bytes): bytes.withUnsafeReadableBytes { Int64(strictDecimal: $0) }
        default: nil
        }
    }

    /// A number, sent as one or as text.
    public var double: Double? {
        switch self {
        case .double(let value): value
        case .integer(let value): Double(value)
        default: text.flatMap { Double($0) }
        }
    }

    /// The values of an array or a set.
    public var elements: [RESPValue]? {
        switch self {
        case .array(let elements), .set(let elements): elements
        default: nil
        }
    }

    /// The entries of a map, which version 2 sends as an array of keys and values in turn.
    public var pairs: [Pair]? {
        switch self {
        case .map(let pairs): return pairs
        case .array(let flat) where flat.count.isMultiple(of: 2):
            return stride(from: 0, to: flat.count, by: 2).map { Pair(flat[$0], flat[$0 + 1]) }
        default: return nil
        }
    }

    /// The value of a map's entry of that name.
    ///
    /// - Complexity: O(entries).
    public subscript(_ key: String) -> RESPValue? { pairs?.first { $0.key.text == key }?.value }

    /// What the server refuses with.
    public var error: RESPErrorReply? {
        guard case .error(let error) = self else { return nil }
        return error
    }

    /// What kind of reply this is, in a word for messages.
    var kind: String {
        switch self {
        case .simple: "a simple string"
        case .error: "an error"
        case .integer: "an integer"
        case .bulk: "a string"
        case .null: "nothing"
        case .boolean: "a boolean"
        case .double: "a number"
        case .bigNumber: "a big number"
        case .verbatim: "a text"
        case .array: "an array"
        case .map: "a map"
        case .set: "a set"
        }
    }
}
