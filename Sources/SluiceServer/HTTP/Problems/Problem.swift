import Sluice

/// An error answer: problem details as RFC 9457 has them.
struct Problem: Error, Hashable {
    /// The media type of problem details.
    static let contentType = "application/problem+json"

    var status: Int
    /// A URI that names the kind of problem, or `about:blank`, where the status says it all.
    var type = "about:blank"
    /// What the status is called, the same for every problem of a kind.
    var title: String
    /// What is wrong here and what to do.
    var detail: String
    /// The value of `Allow`, for a wrong method.
    var allow: String?
    /// The rules that denied, for a denial.
    var violatedPolicies: [String]?
    /// The value of `Retry-After`, in seconds.
    var retryAfter: Int64?

    init(_ status: Int, _ title: String, _ detail: String) {
        self.status = status
        self.title = title
        self.detail = detail
    }

    /// Writes the problem as JSON.
    func write(into buffer: inout ByteWriter) {
        buffer.write("{\"type\":")
        buffer.writeJSONString(type)
        buffer.writeJSONName("title")
        buffer.writeJSONString(title)
        buffer.writeJSONName("status")
        buffer.writeDecimal(Int64(status))
        buffer.writeJSONName("detail")
        buffer.writeJSONString(detail)
        if let violatedPolicies {
            buffer.writeJSONName("violated-policies")
            buffer.writeJSONArray(violatedPolicies) { $0.writeJSONString($1) }
        }
        buffer.write(UInt8(ascii: "}"))
    }
}

extension Problem {
    static func badRequest(_ detail: String) -> Problem { Problem(400, "Bad Request", detail) }
    static func notFound(_ detail: String) -> Problem { Problem(404, "Not Found", detail) }
    static func tooLarge(_ detail: String) -> Problem { Problem(413, "Content Too Large", detail) }

    /// The body is longer than is accepted.
    static func bodyTooLarge(limit: Int) -> Problem {
        tooLarge("The body is longer than \(limit) bytes; send many decisions as lines to /v1/check/stream instead.")
    }

    static func wrongMethod(_ method: String, path: String, allowed: [String]) -> Problem {
        let words = allowed.joined(separator: ", ")
        var problem = Problem(405, "Method Not Allowed", "\(path) answers \(words), not \(method).")
        problem.allow = words
        return problem
    }

    static let requestTimeout = Problem(
        408, "Request Timeout", "The request did not arrive in time; send it in one piece and try again.")

    static func overloaded(_ what: String) -> Problem {
        var problem = Problem(
            503, "Service Unavailable", "\(what); try again, or raise the limit where the server starts.")
        problem.retryAfter = 1
        return problem
    }

    /// The store did not take what no failure choice can stand in for.
    static func storeFailed(_ detail: String) -> Problem {
        var problem = Problem(503, "Service Unavailable", detail)
        problem.retryAfter = 1
        return problem
    }

    /// What readiness says while Redis is away.
    static let storeAway = Problem.storeFailed(
        "Redis does not answer. Until it does, requests are decided by their rules' failure choices.")

    /// The problem of a denied request, for clients that accept nothing else
    /// (draft-ietf-httpapi-ratelimit-headers, section 5).
    /// - Parameter status: Another than 429 for proxies that take only that for a denial.
    init(denied decision: Decision, status: Int = 429) {
        let wait =
            decision.retryAfter.map { "again in \(Double($0.millisecondsRoundedUp) / 1_000) s" } ?? "it can never pass"
        self.init(status, "Too Many Requests", "The request is denied; \(wait).")
        type = "https://iana.org/assignments/http-problem-types#quota-exceeded"
        violatedPolicies = decision.rule.map { [$0.description] } ?? []
    }

    init(_ fault: RequestFault) {
        switch fault.kind {
        case .malformed, .invalid: self = .badRequest(fault.message)
        case .tooLarge: self = .tooLarge(fault.message)
        }
    }

    init(_ error: SluiceError) {
        switch error.code {
        case .unknownPolicy: self = .notFound(error.message)
        case .invalidDescriptor: self = .tooLarge(error.message)
        case .invalidCost, .missingKey, .unsupported: self = .badRequest(error.message)
        case .invalidLease: self = .notFound(error.message)
        case .tooManyWaiters: self = .overloaded(error.message)
        case .storeFailed: self = .storeFailed(error.told)
        default: self.init(500, "Internal Server Error", error.message)
        }
    }
}
