import NIOCore

/// Called once with a reply, or with why there is none.
///
/// A server's refusal is a reply. The replies of a request of several commands are one array.
package typealias ReplyCompletion = (Result<RESPValue, RedisError>) -> Void

/// A command whose reply is awaited, or one that nobody awaits any more but whose reply still takes its turn.
struct PendingCommand {
    /// Rises from command to command of a connection.
    let number: UInt64
    let deadline: NIODeadline
    /// How many replies it gets.
    let replies: Int
    /// `nil` once it timed out or was cancelled: what comes is swallowed.
    var completion: ReplyCompletion?
}

/// A command that has not been sent.
struct QueuedCommand {
    let request: ByteBuffer
    var pending: PendingCommand
}

/// What a command came to, to be told once nothing is being changed any more.
struct FinishedCommand {
    let completion: ReplyCompletion
    let result: Result<RESPValue, RedisError>

    func tell() { completion(result) }
}
