/// A version of the Redis serialization protocol.
///
/// Source: <https://redis.io/docs/latest/develop/reference/protocol-spec/>.
public enum RESPVersion: Int, Hashable, Sendable {
    /// What a connection speaks until `HELLO 3`.
    case two = 2
    /// Adds maps, doubles, booleans and a null of its own.
    case three = 3
}
