public import HTTPTypes
public import Hummingbird
import NIOCore
public import Sluice
import SluiceHTTP

/// What a request is answered that may not pass.
///
/// `Retry-After` and the rate limit fields are added to every such answer.
public struct DenialAnswer<Context: RequestContext>: Sendable {
    let response: @Sendable (Denial, Request, Context) async throws -> Response

    /// 429 and problem details (RFC 9457) that name the rule.
    public static var problem: DenialAnswer { problem(status: .tooManyRequests) }

    /// Problem details with another status. When only the store's failure denies, it is 503 all the same.
    public static func problem(status: HTTPResponse.Status) -> DenialAnswer {
        DenialAnswer { denial, _, _ in Response(Problem(refusing: denial, status: status.code)) }
    }

    /// A response of your own.
    public static func response(
        _ response: @escaping @Sendable (Denial, Request, Context) async throws -> Response
    ) -> DenialAnswer {
        DenialAnswer(response: response)
    }
}

extension Response {
    /// Problem details.
    init(_ problem: Problem) {
        var body = ByteWriter()
        problem.write(into: &body)
        self.init(
            status: .init(code: problem.status), headers: [.contentType: Problem.contentType],
            body: .init(byteBuffer: ByteBuffer(bytes: body.bytes)))
    }
}
