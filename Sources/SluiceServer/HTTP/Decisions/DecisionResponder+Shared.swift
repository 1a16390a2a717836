import NIOCore
import Sluice
import SluiceHTTP
import SluiceRedis

/// Decisions that are made on Redis: asked for here, told by whoever asked.
extension DecisionResponder {
    /// Has Redis decide a request.
    /// - Parameters:
    ///   - eventLoop: Where the caller is, and where the decision comes if the limiter has a lane there.
    ///   - completion: Called once, unless the decision is returned; perhaps before this returns.
    /// - Returns: The decision if it is known without asking Redis, and what is wrong with the request.
    func ask(
        _ request: UnsafeRawBufferPointer, at endpoint: DecisionEndpoint, of shared: SharedLimiter,
        on eventLoop: any EventLoop, completion: @escaping @Sendable (SharedDecision) -> Void
    ) -> SharedDecision? {
        DecisionRequest.withDecoded(request, accepting: endpoint.fields, scratch: scratch) { decoded in
            do {
                return try ask(try decoded.get(), at: endpoint, of: shared, on: eventLoop, completion: completion)
            } catch let fault as RequestFault {
                return .failed(Problem(fault))
            } catch let error as SluiceError {
                return .failed(Problem(error))
            } catch {
                return .failed(Problem(500, "Internal Server Error", "\(error)"))
            }
        }
    }

    /// As the other, for those who can wait.
    func ask(
        _ request: ByteBuffer, at endpoint: DecisionEndpoint, of shared: SharedLimiter, on eventLoop: any EventLoop
    ) async -> SharedDecision {
        await withCheckedContinuation { continuation in
            let known = request.withUnsafeReadableBytes {
                ask($0, at: endpoint, of: shared, on: eventLoop) { continuation.resume(returning: $0) }
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    private func ask(
        _ request: DecisionRequest, at endpoint: DecisionEndpoint, of shared: SharedLimiter,
        on eventLoop: any EventLoop, completion: @escaping @Sendable (SharedDecision) -> Void
    ) throws -> SharedDecision? {
        let entry = try entry(request.policy)
        let policy = shared.policy(entry.handle)
        let withDetails = request.wantsDetails
        let tell: @Sendable (Result<SharedAnswer, SluiceError>) -> Void = { result in
            completion(SharedDecision(result, of: entry, at: endpoint, withDetails: withDetails))
        }
        let known =
            withDetails
            ? try policy.explain(
                request.entries, cost: request.cost, charging: endpoint == .check, on: eventLoop, completion: tell)
            : try policy.decide(
                request.entries, endpoint.operation, cost: request.cost, on: eventLoop, completion: tell)
        return known.map { .made($0, of: entry, at: endpoint, withDetails: withDetails) }
    }
}
