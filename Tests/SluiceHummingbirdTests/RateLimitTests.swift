import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Sluice
import SluiceHummingbird
import SluiceTesting
import Testing

@Suite("A route behind a rate limit")
struct RateLimitTests {
    private let time = ManualTime()
    private let limiter: Limiter

    init() throws {
        limiter = try ProtectedApplication.limiter(time) {
            Policy("api") {
                Rule("burst", by: .user, .tokenBucket(2, per: .seconds(10)))
                Rule("hourly", by: .user, .slidingLog(20, per: .hours(1)))
            }
        }
    }

    @Test("answers while there is something left, then says when to come back, and answers again at that moment")
    func passesAndDenies() async throws {
        let served = Tally()
        let application = ProtectedApplication.serving([
            try RateLimit(limiter, "api", by: .header(.user, as: .user))
        ]) { _, _ in
            served.note()
            return "hello"
        }
        try await application.test(.router) { client in
            for remaining in [1, 0] {
                let answer = try await client.execute(uri: "/", method: .get, headers: [.user: "42"])
                #expect(answer.status == .ok && String(buffer: answer.body) == "hello")
                #expect(answer.headers[.rateLimitPolicy] == #""burst";q=2;w=10"#)
                #expect(answer.headers[.rateLimit] == #""burst";r=\#(remaining);t=\#(10 - 5 * remaining)"#)
                #expect(answer.headers[.retryAfter] == nil)
            }
            let denial = try await client.execute(uri: "/", method: .get, headers: [.user: "42"])
            #expect(denial.status == .tooManyRequests)
            #expect(denial.headers[.contentType] == "application/problem+json")
            #expect(denial.headers[.retryAfter] == "5")
            #expect(denial.headers[.rateLimitPolicy] == #""burst";q=2;w=10"#)
            #expect(denial.headers[.rateLimit] == #""burst";r=0;t=5"#)
            let problem = try JSONSerialization.jsonObject(with: Data(denial.body.readableBytesView)) as? [String: Any]
            #expect(problem?["type"] as? String == "https://iana.org/assignments/http-problem-types#quota-exceeded")
            #expect(problem?["violated-policies"] as? [String] == ["burst"])
            #expect(problem?["status"] as? Int == 429)

            let other = try await client.execute(uri: "/", method: .get, headers: [.user: "43"])
            #expect(other.status == .ok)
            time.advance(by: .seconds(5))
            #expect(try await client.execute(uri: "/", method: .get, headers: [.user: "42"]).status == .ok)
        }
        #expect(served.count == 4)
    }

    @Test("tells every rule, the old fields, or nothing on a pass, if asked to")
    func fields() async throws {
        let everything = ProtectedApplication.greeting(
            try RateLimit(
                limiter, "api", by: .header(.user, as: .user), fields: [.onPasses, .everyRule, .legacy]))
        try await everything.test(.router) { client in
            let answer = try await client.execute(uri: "/", method: .get, headers: [.user: "1"])
            #expect(answer.headers[.rateLimitPolicy] == #""burst";q=2;w=10, "hourly";q=20;w=3600"#)
            #expect(answer.headers[.rateLimit] == #""burst";r=1;t=5, "hourly";r=19;t=3601"#)
            #expect(answer.headers[HTTPField.Name("X-RateLimit-Limit")!] == "2")
            #expect(answer.headers[HTTPField.Name("X-RateLimit-Remaining")!] == "1")
            #expect(answer.headers[HTTPField.Name("X-RateLimit-Reset")!] == "5")
        }
        let quiet = ProtectedApplication.greeting(
            try RateLimit(limiter, "api", by: .header(.user, as: .user), fields: []))
        try await quiet.test(.router) { client in
            let answer = try await client.execute(uri: "/", method: .get, headers: [.user: "2"])
            #expect(answer.headers[.rateLimit] == nil && answer.headers[.rateLimitPolicy] == nil)
            _ = try await client.execute(uri: "/", method: .get, headers: [.user: "2"])
            let denial = try await client.execute(uri: "/", method: .get, headers: [.user: "2"])
            #expect(denial.headers[.rateLimit] == #""burst";r=0;t=5"# && denial.headers[.retryAfter] == "5")
        }
    }

    @Test("behind two limits tells of both")
    func twoLimits() async throws {
        let limiter = try ProtectedApplication.limiter {
            Policy("all") { Rule("all", by: [], .tokenBucket(100, per: .seconds(1))) }
            Policy("each") { Rule("each", by: .user, .tokenBucket(1, per: .seconds(1))) }
        }
        let application = ProtectedApplication.greeting(
            try RateLimit(limiter, "all"), try RateLimit(limiter, "each", by: .header(.user, as: .user)))
        try await application.test(.router) { client in
            let answer = try await client.execute(uri: "/", method: .get, headers: [.user: "1"])
            #expect(answer.headers[values: .rateLimit] == [#""each";r=0;t=1"#, #""all";r=99;t=1"#])
            let denial = try await client.execute(uri: "/", method: .get, headers: [.user: "1"])
            #expect(denial.status == .tooManyRequests && denial.headers[.retryAfter] == "1")
        }
    }

    @Test("is left alone by what is exempt")
    func exempt() async throws {
        let application = ProtectedApplication.greeting(
            try RateLimit(
                limiter, "api", by: .header(.user, as: .user),
                exempting: { request, _ in request.uri.path == "/health" }))
        try await application.test(.router) { client in
            for _ in 0..<5 {
                let answer = try await client.execute(uri: "/health", method: .get, headers: [.user: "42"])
                #expect(answer.status == .ok && answer.headers[.rateLimit] == nil)
            }
            let answer = try await client.execute(uri: "/", method: .get, headers: [.user: "42"])
            #expect(answer.headers[.rateLimit] == #""burst";r=1;t=5"#)
        }
    }

    @Test("answers a denial in its own way, with the fields all the same")
    func ownAnswers() async throws {
        let teapot = ProtectedApplication.greeting(
            try RateLimit(
                limiter, "api", by: .header(.user, as: .user),
                denial: .response { denial, _, _ in
                    let body = ByteBuffer(string: "after \(denial.retryAfter ?? .zero)")
                    return Response(status: .init(code: 418), body: .init(byteBuffer: body))
                }))
        let forbidden = ProtectedApplication.greeting(
            try RateLimit(limiter, "api", by: .header(.user, as: .user), denial: .problem(status: .forbidden)))
        for _ in 0..<2 { _ = try limiter.decide("api", [.user: "42"]) }
        try await teapot.test(.router) { client in
            let denial = try await client.execute(uri: "/", method: .get, headers: [.user: "42"])
            #expect(denial.status.code == 418 && String(buffer: denial.body) == "after 5.0 seconds")
            #expect(denial.headers[.retryAfter] == "5" && denial.headers[.rateLimit] == #""burst";r=0;t=5"#)
        }
        try await forbidden.test(.router) { client in
            let denial = try await client.execute(uri: "/", method: .get, headers: [.user: "42"])
            #expect(denial.status == .forbidden && denial.headers[.contentType] == "application/problem+json")
        }
    }

    @Test("tells of the limits in the errors that Hummingbird answers, and leaves others as they are")
    func errors() async throws {
        struct Broken: Error {}
        struct Catching: RouterMiddleware {
            typealias Context = ProtectedApplication.Context
            let caught: Tally
            func handle(
                _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
            ) async throws -> Response {
                do { return try await next(request, context) } catch is Broken {
                    caught.note()
                    return Response(status: .badGateway)
                }
            }
        }
        let caught = Tally()
        let application = ProtectedApplication.serving([
            Catching(caught: caught), try RateLimit(limiter, "api", by: .header(.user, as: .user)),
        ]) { request, _ -> String in
            if request.uri.path == "/broken" { throw Broken() }
            throw HTTPError(.unprocessableContent, message: "no")
        }
        try await application.test(.router) { client in
            let answer = try await client.execute(uri: "/", method: .get, headers: [.user: "42"])
            #expect(answer.status == .unprocessableContent && answer.headers[.rateLimit] == #""burst";r=1;t=5"#)
            let broken = try await client.execute(uri: "/broken", method: .get, headers: [.user: "42"])
            #expect(broken.status == .badGateway)
        }
        #expect(caught.count == 1)
    }

    @Test("is decided by the policies in force, also after they were replaced")
    func reload() async throws {
        let application = ProtectedApplication.greeting(
            try RateLimit(limiter, "api", by: .header(.user, as: .user)))
        try await application.test(.router) { client in
            _ = try await client.execute(uri: "/", method: .get, headers: [.user: "42"])
            try limiter.replacePolicies(with: [
                Policy("api") { Rule("slow", by: .user, .fixedWindow(3, per: .minutes(1))) }
            ])
            let answer = try await client.execute(uri: "/", method: .get, headers: [.user: "42"])
            #expect(answer.headers[.rateLimitPolicy] == #""slow";q=3;w=60"#)
            try limiter.replacePolicies(with: [])
            let undecided = try await client.execute(uri: "/", method: .get, headers: [.user: "42"])
            #expect(undecided.status == .internalServerError)
            #expect(undecided.headers[.contentType] == "application/problem+json")
            #expect(!String(buffer: undecided.body).contains("api"))
        }
    }

    @Test("tells an observer of every decision, also of what a rule on trial would have denied")
    func observing() async throws {
        let limiter = try ProtectedApplication.limiter {
            Policy("trial") { Rule("one", by: [], .tokenBucket(1, per: .seconds(1)), mode: .shadow) }
        }
        let (shadowed, all) = (Tally(), Tally())
        let application = ProtectedApplication.greeting(
            try RateLimit(
                limiter, "trial",
                observing: { decision, _, _ in
                    all.note()
                    if decision.shadowDeniedBy != nil { shadowed.note() }
                }))
        try await application.test(.router) { client async throws in
            for _ in 0..<3 { #expect(try await client.execute(uri: "/", method: .get).status == .ok) }
        }
        #expect(all.count == 3 && shadowed.count == 2)
    }

    @Test("is not protected by what could never apply, which is told when the middleware is made")
    func mistakes() throws {
        typealias Limit = RateLimit<ProtectedApplication.Context>
        var error = #expect(throws: SluiceError.self) { try Limit(limiter, "apy", by: .method) }
        #expect(error?.code == .unknownPolicy && error?.message.contains("'api'") == true)
        error = #expect(throws: SluiceError.self) { try Limit(limiter, "api", by: .clientAddress, .method) }
        #expect(
            error?.message
                == "no rule of policy 'api' can apply: requests are described by ip, method, but 'burst' counts by "
                + "user; 'hourly' counts by user; take the values from requests under those keys")
        let slots = try ProtectedApplication.limiter { Policy("slots") { Rule("slots", by: [], .concurrency(1)) } }
        error = #expect(throws: SluiceError.self) { try Limit(slots, "slots", cost: .response { _, _, _ in 1 }) }
        #expect(error?.code == .unsupported)
    }
}
