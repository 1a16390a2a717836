public import NIOCore

/// What a Redis server answers, in either version of its protocol.
///
/// Bytes are slices of what was received: a value that is kept for long keeps its whole receive buffer alive.
/// Attributes are skipped and streamed kinds are refused by the parser, so neither has a case here.
///
/// Source: <https://redis.io/docs/latest/develop/reference/protocol-spec/>.
public enum RESPValue: Hashable, Sendable {
    /// `+OK`, text without line ends.
    case simple(String)
    /// `-ERR …` or, in version 3, `!…`: the server refuses.
    case error(RESPErrorReply)
    /// `:5`
    case integer(Int64)
    /// `$…`, any bytes.
    case bulk(ByteBuffer)
    /// `_`, and version 2's `$-1` and `*-1`.
    case null
    /// `#t` or `#f`, version 3 only.
    case boolean(Bool)
    /// `,1.5`, version 3 only; may be infinite or not a number.
    case double(Double)
    /// `(…`, a whole number of any length as its digits, version 3 only.
    case bigNumber(String)
    /// `=…`, text for people with three letters that tell its format, version 3 only.
    indirect case verbatim(format: String, ByteBuffer)
    /// `*…`
    case array([RESPValue])
    /// `%…`, pairs in the server's order, version 3 only.
    case map([Pair])
    /// `~…`, in the server's order, version 3 only.
    case set([RESPValue])

    /// One entry of a map.
    public struct Pair: Hashable, Sendable {
        /// What the entry is called, and what it holds.
        public var key: RESPValue
        public var value: RESPValue

        /// An entry of a map.
        public init(_ key: RESPValue, _ value: RESPValue) {
            self.key = key
            self.value = value
        }
    }

    /// A string of bytes, from text.
    public static func bulk(_ text: String) -> RESPValue { .bulk(ByteBuffer(string: text)) }
}
