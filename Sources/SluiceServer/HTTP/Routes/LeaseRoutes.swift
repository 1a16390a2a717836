import HTTPTypes
import Hummingbird
import NIOCore
import Sluice
import SluiceHTTP
import SluiceRedis

/// The endpoints that hold, renew and give back a slot of a concurrency limit.
struct LeaseRoutes: Sendable {
    let engine: DecisionEngine
    let directory: PolicyDirectory
    let limits: HTTPLimits
    /// Where decisions are asked for that Redis makes.
    let group: any EventLoopGroup

    func add(to router: Router<HTTPRoutes.Context>) {
        router.post("/v1/leases") { request, _ in try await acquire(request) }
        router.put("/v1/leases/:id") { _, context in try await renew(context.parameters.require("id")) }
        router.delete("/v1/leases/:id") { _, context in try await release(context.parameters.require("id")) }
    }

    private func acquire(_ request: Request) async throws -> Response {
        let bytes = try await request.body.collect(upTo: limits.maximumBodyBytes)
        let held: HeldSlot
        switch engine {
        case .memory(let limiter):
            held = try decode(bytes) { request, entry in
                let (decision, lease) = try entry.handle.acquire(request.entries, cost: request.cost, at: limiter.now())
                return HeldSlot(decision: decision, lease: lease, entry: entry)
            }
        case .shared(let limiter): held = try await acquire(bytes, on: limiter)
        }
        return response(held.decision, held.lease, of: held.entry, prefersProblem: request.prefersProblem)
    }

    private func acquire(_ bytes: ByteBuffer, on limiter: SharedLimiter) async throws -> HeldSlot {
        try await withCheckedThrowingContinuation { continuation in
            do {
                let known = try decode(bytes) { request, entry in
                    try limiter.policy(entry.handle).acquire(request.entries, cost: request.cost, on: group.any()) {
                        continuation.resume(with: $0.map { HeldSlot($0, entry) }.mapError { $0 as any Error })
                    }.map { HeldSlot($0, entry) }
                }
                if let known { continuation.resume(returning: known) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private func decode<Value>(
        _ bytes: ByteBuffer, _ body: (DecisionRequest, PolicyEntry) throws -> Value
    ) throws -> Value {
        try bytes.withUnsafeReadableBytes { bytes in
            try DecisionRequest.withDecoded(bytes, accepting: .costed, scratch: JSONScratch()) { decoded in
                let request = try decoded.mapError { Problem($0) }.get()
                return try body(request, try directory.entry(request.policy.text))
            }
        }
    }

    private func response(
        _ decision: Decision, _ lease: Lease?, of entry: PolicyEntry, prefersProblem: Bool
    ) -> Response {
        var response: Response
        if !decision.isAllowed, prefersProblem {
            response = Response(Problem(denied: decision))
        } else {
            var body = ByteWriter()
            body.writeDecision(decision, of: entry)
            if decision.isAllowed {
                body.removeLast() // open the object again
                body.write(UInt8(ascii: ","))
                body.writeMembers(of: lease)
            }
            response = .json(body, status: !decision.isAllowed ? .tooManyRequests : lease == nil ? .ok : .created)
        }
        if let lease { response.headers[.location] = "/v1/leases/\(lease.description)" }
        response.headers.add(RateLimitFields(decision, of: entry.fields))
        return response
    }

    private func renew(_ id: String) async throws -> Response {
        guard let lease = Lease(id) else { throw Self.gone }
        let isHeld =
            switch engine {
            case .memory(let limiter): limiter.renew(lease)
            case .shared(let limiter): try await limiter.renew(lease)
            }
        guard isHeld else { throw Self.gone }
        var body = ByteWriter()
        body.write("{")
        body.writeMembers(of: lease)
        return .json(body)
    }

    private func release(_ id: String) async throws -> Response {
        guard let lease = Lease(id) else { throw Self.gone }
        let wasHeld =
            switch engine {
            case .memory(let limiter): limiter.release(lease)
            case .shared(let limiter): try await limiter.release(lease)
            }
        guard wasHeld else { throw Self.gone }
        return Response(status: .noContent)
    }

    private static let gone = Problem.notFound(
        "No such lease is held: it expired, was given back, or never was. POST /v1/leases for a new one.")
}

/// What a request for a lease is told.
private struct HeldSlot: Sendable {
    var decision: Decision
    var lease: Lease?
    var entry: PolicyEntry

    init(decision: Decision, lease: Lease?, entry: PolicyEntry) {
        (self.decision, self.lease, self.entry) = (decision, lease, entry)
    }

    init(_ answer: SharedAnswer, _ entry: PolicyEntry) {
        self.init(decision: answer.decision, lease: answer.lease, entry: entry)
    }
}

extension ByteWriter {
    /// Writes the members that tell a lease, and closes the object they stand in.
    ///
    /// There is none when the request is allowed but no concurrency rule applies to it.
    fileprivate mutating func writeMembers(of lease: Lease?) {
        if let lease {
            write("\"lease\":")
            writeJSONString(lease.description)
            writeJSONName("expires_after")
            writeSeconds(lease.duration)
        } else {
            write("\"lease\":null")
        }
        write(UInt8(ascii: "}"))
    }
}
