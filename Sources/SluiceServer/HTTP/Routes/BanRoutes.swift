import Hummingbird
import NIOCore
import Sluice
import SluiceHTTP
import SluiceRedis

/// `POST /v1/bans` closes a rule for a caller, `DELETE /v1/bans` opens it again, also after a penalty.
struct BanRoutes: Sendable {
    let engine: DecisionEngine
    let limits: HTTPLimits

    func ban(_ request: Request) async throws -> Response {
        let said = try await AdminRequest(request, accepting: .ban, limits: limits)
        let span = Duration.seconds(said.seconds)
        switch engine {
        case .memory(let limiter):
            try limiter.hold(said.policy, rule: said.rule, said.descriptor, for: span)
        case .shared(let limiter):
            try await limiter.hold(said.policy, rule: said.rule, said.descriptor, for: span)
        }
        var out = ByteWriter()
        out.write("{\"banned\":true,\"until\":")
        out.write(number: (engine.limiter.now() + span).seconds)
        out.write(UInt8(ascii: "}"))
        return .json(out)
    }

    func pardon(_ request: Request) async throws -> Response {
        let said = try await AdminRequest(request, accepting: .pardon, limits: limits)
        switch engine {
        case .memory(let limiter): try limiter.lift(said.policy, rule: said.rule, said.descriptor)
        case .shared(let limiter): try await limiter.lift(said.policy, rule: said.rule, said.descriptor)
        }
        var out = ByteWriter()
        out.write("{\"banned\":false}")
        return .json(out)
    }
}

/// What an administrator says in a body.
struct AdminRequest {
    var policy: String
    var rule: String
    var descriptor: Descriptor
    var seconds: Double
    var limit: String

    /// - Throws: `Problem` with what is wrong.
    init(_ request: Request, accepting fields: DecisionRequest.Fields, limits: HTTPLimits) async throws {
        let bytes = try await request.body.collect(upTo: limits.maximumBodyBytes)
        self = try bytes.withUnsafeReadableBytes { bytes in
            try DecisionRequest.withDecoded(bytes, accepting: fields, scratch: JSONScratch()) { decoded in
                AdminRequest(try decoded.mapError { Problem($0) }.get())
            }
        }
    }

    private init(_ request: DecisionRequest) {
        policy = request.policy.text
        rule = request.rule.text
        seconds = request.seconds
        limit = request.limit.text
        descriptor = Descriptor()
        for entry in request.entries { descriptor[DescriptorKey(entry.key.text)] = entry.value.text }
    }
}
