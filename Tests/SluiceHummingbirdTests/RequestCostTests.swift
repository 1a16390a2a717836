import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Sluice
import SluiceHummingbird
import Testing

@Suite("What a request costs")
struct RequestCostTests {
    private let limiter: Limiter

    init() throws {
        limiter = try ProtectedApplication.limiter {
            Policy("units") { Rule("units", by: .user, .tokenBucket(10, per: .seconds(10))) }
        }
    }

    /// The answers to requests of these costs, which route and middleware read from a header field.
    private func answers(_ cost: RequestCost<PeerRequestContext>, _ costs: Int64...) async throws -> [String] {
        let application = ProtectedApplication.serving([
            try RateLimit(limiter, "units", by: .header(.user, as: .user), cost: cost)
        ]) { request, _ -> Response in
            guard request.uri.path == "/" else { throw HTTPError(.badRequest) }
            return Response(status: .ok, headers: [.cost: request.headers[.cost] ?? ""])
        }
        return try await application.test(.router) { client in
            var answers: [String] = []
            for cost in costs {
                let answer = try await client.execute(
                    uri: cost < 0 ? "/fails" : "/", method: .get, headers: [.user: "42", .cost: "\(cost)"])
                let isPlain = answer.status == .ok && answer.headers[.retryAfter] == nil
                answers.append((isPlain ? "" : "\(answer.status.code) ") + (answer.headers[.rateLimit] ?? ""))
            }
            return answers
        }
    }

    private static let told: RequestCost<PeerRequestContext> = .request { request, _ in
        Int64(request.headers[.cost] ?? "") ?? 0
    }

    private static func answered(reserving units: Int64) -> RequestCost<PeerRequestContext> {
        .response(reserving: units) { _, _, response in Int64(response.headers[.cost] ?? "") ?? 0 }
    }

    @Test("is the same for all of them, if it is a number")
    func fixed() async throws {
        let answers = try await answers(4, 0, 0, 0)
        #expect(answers == [#""units";r=6;t=4"#, #""units";r=2;t=8"#, #"429 "units";r=2;t=2"#])
    }

    @Test("is what the request says, or nothing; what can never pass has no moment to come back at")
    func byRequest() async throws {
        let answers = try await answers(Self.told, 7, 0, 4, 3, 11)
        #expect(
            answers == [
                #""units";r=3;t=7"#, #""units";r=3;t=7"#, #"429 "units";r=3;t=1"#, #""units";r=0;t=10"#,
                #"429 "units";r=0;t=10"#,
            ])
    }

    @Test("is what the response says: what was reserved too much is given back")
    func lessThanReserved() async throws {
        let answers = try await answers(Self.answered(reserving: 5), 2, 0, 5, 4)
        #expect(
            answers == [#""units";r=8;t=2"#, #""units";r=8;t=2"#, #""units";r=3;t=7"#, #"429 "units";r=3;t=2"#])
    }

    @Test("is what the response says: what was reserved too little is charged, as far as there is something left")
    func moreThanReserved() async throws {
        let answers = try await answers(Self.answered(reserving: 1), 4, 1, 9, 1)
        #expect(
            answers == [#""units";r=6;t=4"#, #""units";r=5;t=5"#, #""units";r=0;t=10"#, #"429 "units";r=0;t=1"#])
    }

    @Test("is what was reserved, when an error is the answer")
    func failed() async throws {
        let answers = try await answers(Self.answered(reserving: 3), -1, 1)
        #expect(answers == [#"400 "units";r=7;t=3"#, #""units";r=6;t=4"#])
    }

    @Test("cannot be negative")
    func negative() async throws {
        let answers = try await answers(.request { _, _ in -1 }, 1)
        #expect(answers == ["500 "])
    }
}
