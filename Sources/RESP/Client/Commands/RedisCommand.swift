public import NIOCore

/// A command with typed arguments and a typed reply.
public protocol RedisCommand: Sendable {
    /// What the reply says.
    associatedtype Response: Sendable

    /// The command's name in capitals, for messages.
    static var name: String { get }

    /// The keys that the command reads or writes, which tell a cluster's node. Empty if any node will do.
    var keysAffected: [String] { get }

    /// Writes the command with all its arguments.
    func encode(into writer: inout RequestWriter)

    /// What a reply says. A refusal never comes here.
    ///
    /// - Throws: ``RedisError/Code/unexpectedReply`` if the reply is of another kind than the command's.
    func response(from value: RESPValue) throws(RedisError) -> Response
}

extension RedisCommand {
    /// No keys: any node will do.
    public var keysAffected: [String] { [] }

    /// What a reply says, or the server's refusal as an error.
    public func result(from value: RESPValue) throws(RedisError) -> Response {
        if case .error(let reply) = value { throw .rejected(reply) }
        return try response(from: value)
    }

    /// The command's bytes.
    public func encoded() -> ByteBuffer {
        var writer = RequestWriter()
        encode(into: &writer)
        return writer.buffer
    }

    /// The error for a reply that the command cannot have.
    public func unexpected(_ value: RESPValue) -> RedisError {
        RedisError(.unexpectedReply, "\(Self.name) was answered with \(value.kind): is that server a Redis server?")
    }
}
