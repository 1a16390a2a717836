import HTTPTypes
import Hummingbird
import Sluice

/// The endpoints that hold, renew and give back a slot of a concurrency limit.
struct LeaseRoutes: Sendable {
    let limiter: Limiter
    let directory: PolicyDirectory
    let limits: HTTPLimits

    func add(to router: Router<HTTPRoutes.Context>) {
        router.post("/v1/leases") { request, _ in try await acquire(request) }
        router.put("/v1/leases/:id") { _, context in try renew(context.parameters.require("id")) }
        router.delete("/v1/leases/:id") { _, context in try release(context.parameters.require("id")) }
    }

    private func acquire(_ request: Request) async throws -> Response {
        let bytes = try await request.body.collect(upTo: limits.maximumBodyBytes)
        let (entry, decision, lease) = try bytes.withUnsafeReadableBytes { bytes in
            try DecisionRequest.withDecoded(bytes, accepting: .costed, scratch: JSONScratch()) { decoded in
                let request = try decoded.mapError { Problem($0) }.get()
                let entry = try directory.entry(request.policy.text)
                let (decision, lease) = try entry.handle.acquire(
                    request.entries, cost: request.cost, at: limiter.now())
                return (entry, decision, lease)
            }
        }
        return response(decision, lease, of: entry, prefersProblem: request.prefersProblem)
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
        response.headers.add(RateLimitFields(decision, of: entry))
        return response
    }

    private func renew(_ id: String) throws -> Response {
        guard let lease = Lease(id), limiter.renew(lease) else { throw Self.gone }
        var body = ByteWriter()
        body.write("{")
        body.writeMembers(of: lease)
        return .json(body)
    }

    private func release(_ id: String) throws -> Response {
        guard let lease = Lease(id), limiter.release(lease) else { throw Self.gone }
        return Response(status: .noContent)
    }

    private static let gone = Problem.notFound(
        "No such lease is held: it expired, was given back, or never was. POST /v1/leases for a new one.")
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
