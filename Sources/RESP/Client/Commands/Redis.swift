public import NIOCore

/// The commands of Redis, under the names that its documentation gives them.
///
/// Source: <https://redis.io/docs/latest/commands/>.
public enum Redis {}

extension RedisCommand where Response == Void {
    /// Any answer that is no refusal will do.
    public func response(from value: RESPValue) throws(RedisError) {}
}

extension RedisCommand where Response == Int64 {
    /// A whole number.
    public func response(from value: RESPValue) throws(RedisError) -> Int64 {
        guard let number = value.integer else { throw unexpected(value) }
        return number
    }
}

extension RedisCommand where Response == String {
    /// Text.
    public func response(from value: RESPValue) throws(RedisError) -> String {
        guard let text = value.text else { throw unexpected(value) }
        return text
    }
}

extension RedisCommand where Response == ByteBuffer? {
    /// Bytes, or `nil` where the server has nothing.
    public func response(from value: RESPValue) throws(RedisError) -> ByteBuffer? {
        if value == .null { return nil }
        guard let bytes = value.bytes else { throw unexpected(value) }
        return bytes
    }
}

extension RedisCommand where Response == RESPValue {
    /// The reply as it is.
    public func response(from value: RESPValue) throws(RedisError) -> RESPValue { value }
}

extension RedisCommand where Response == [RESPValue] {
    /// The values of an array or a set.
    public func response(from value: RESPValue) throws(RedisError) -> [RESPValue] {
        guard let elements = value.elements else { throw unexpected(value) }
        return elements
    }
}
