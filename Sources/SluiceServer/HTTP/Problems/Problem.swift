import Sluice
import SluiceHTTP

/// What the server has to tell besides denials.
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
