import NIOCore
import NIOPosix

/// Puts a planned load on a server, from one thread.
public struct LoadRun: Sendable {
    private let plan: LoadPlan

    /// A run of that plan.
    public init(_ plan: LoadPlan) { self.plan = plan }

    /// Asks until the plan's time is over, and waits for what was asked.
    /// - Parameter progress: Is told how much of it is done, from 0 to 1.
    /// - Returns: What came of it, when all connections are closed.
    /// - Throws: `BenchError` if no server is there to begin with; `CancellationError`.
    public func run(progress: @escaping @Sendable (Double) -> Void = { _ in }) async throws -> LoadResult {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let result = try await run(on: group.next(), progress)
            // Returns once the connections are closed.
            try await group.shutdownGracefully()
            return result
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }

    private func run(
        on eventLoop: any EventLoop, _ progress: @escaping @Sendable (Double) -> Void
    ) async throws -> LoadResult {
        let address = try await address(on: eventLoop)
        let plan = plan
        let crowd = try await eventLoop.submit {
            NIOLoopBound(LoadCrowd(plan, at: address, on: eventLoop, progress: progress), eventLoop: eventLoop)
        }.get()
        return try await withTaskCancellationHandler {
            try await eventLoop.flatSubmit { crowd.value.run() }.get()
        } onCancel: {
            eventLoop.execute { crowd.value.cancel() }
        }
    }

    /// Where the server listens, of all addresses that its name has.
    private func address(on eventLoop: any EventLoop) async throws -> SocketAddress {
        do {
            let channel = try await ClientBootstrap(group: eventLoop)
                .connect(host: plan.target.host, port: plan.target.port).get()
            let address = channel.remoteAddress
            try? await channel.close()
            if let address { return address }
        } catch {
            // Why is of no use: every address of the name has a reason of its own.
        }
        throw BenchError("no server answers at \(plan.url): start it, or name another")
    }
}
