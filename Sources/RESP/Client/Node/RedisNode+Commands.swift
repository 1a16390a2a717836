package import NIOCore

extension RedisNode {
    /// Sends a typed command; as ``send(_:replies:deadline:completion:)`` otherwise.
    @discardableResult
    package func send<Command: RedisCommand>(
        _ command: Command, deadline: NIODeadline,
        completion: @escaping (Result<Command.Response, RedisError>) -> Void
    ) -> Ticket? {
        send(command.encoded(), deadline: deadline) { result in
            completion(result.flatMap { value in Result { () throws(RedisError) in try command.result(from: value) } })
        }
    }

    /// Sends a request and awaits its replies, from anywhere. Cancelling the task forgets the command.
    ///
    /// - Parameter deadline: Until when; `nil` for the configured time-out.
    package func reply(
        to request: ByteBuffer, replies: Int = 1, deadline: NIODeadline? = nil
    ) async throws(RedisError) -> RESPValue {
        let call = NodeCall(node: self)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.begin(request, replies: replies, deadline: deadline) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            call.cancel()
        }
        return try result.get()
    }

    /// Executes a command, from anywhere.
    ///
    /// - Throws: ``RedisError``, also for what the server refuses.
    package func execute<Command: RedisCommand>(
        _ command: Command, deadline: NIODeadline? = nil
    ) async throws(RedisError) -> Command.Response {
        try command.result(from: await reply(to: command.encoded(), deadline: deadline))
    }

    /// Executes commands in one request, and answers for each of them in their order.
    ///
    /// - Throws: ``RedisError`` if the request failed; what the server refuses is in the results.
    package func execute<Command: RedisCommand>(
        _ commands: [Command], deadline: NIODeadline? = nil
    ) async throws(RedisError) -> [Result<Command.Response, RedisError>] {
        var writer = RequestWriter()
        for command in commands { command.encode(into: &writer) }
        guard let first = commands.first else { return [] }
        let reply = try await reply(to: writer.buffer, replies: commands.count, deadline: deadline)
        guard commands.count > 1 else {
            return [Result { () throws(RedisError) in try first.result(from: reply) }]
        }
        guard let values = reply.elements, values.count == commands.count else { throw first.unexpected(reply) }
        return zip(commands, values).map { command, value in
            Result { () throws(RedisError) in try command.result(from: value) }
        }
    }
}

/// One call from outside the event loop, which may be cancelled before it has begun.
///
/// `ticket` and `isCancelled` are touched on the node's event loop only, which is one thread: so it is safe between
/// threads.
private final class NodeCall: @unchecked Sendable {
    private let node: RedisNode
    private var ticket: RedisNode.Ticket?
    private var isCancelled = false

    init(node: RedisNode) { self.node = node }

    func begin(
        _ request: ByteBuffer, replies: Int, deadline: NIODeadline?,
        completion: @escaping @Sendable (Result<RESPValue, RedisError>) -> Void
    ) {
        onLoop { [self] in
            guard !isCancelled else {
                return completion(.failure(RedisError(.cancelled, "cancelled before it was sent")))
            }
            let deadline = deadline ?? node.eventLoop.now + TimeAmount(node.configuration.commandTimeout)
            ticket = node.send(request, replies: replies, deadline: deadline, completion: completion)
        }
    }

    func cancel() {
        onLoop { [self] in
            isCancelled = true
            if let ticket { node.cancel(ticket) }
        }
    }

    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if node.eventLoop.inEventLoop { body() } else { node.eventLoop.execute(body) }
    }
}
