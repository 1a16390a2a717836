package import Sluice

/// An error answer: problem details as RFC 9457 has them.
package struct Problem: Error, Hashable {
    /// The media type of problem details.
    package static let contentType = "application/problem+json"

    package var status: Int
    /// A URI that names the kind of problem, or `about:blank`, where the status says it all.
    package var type = "about:blank"
    /// What the status is called, the same for every problem of a kind.
    package var title: String
    /// What is wrong here and what to do.
    package var detail: String
    /// The value of `Allow`, for a wrong method.
    package var allow: String?
    /// Whether the answer asks for credentials.
    package var isChallenge = false
    /// The rules that denied, for a denial.
    package var violatedPolicies: [String]?
    /// The value of `Retry-After`, in seconds.
    package var retryAfter: Int64?

    package init(_ status: Int, _ title: String, _ detail: String) {
        self.status = status
        self.title = title
        self.detail = detail
    }

    /// Writes the problem as JSON.
    package func write(into buffer: inout ByteWriter) {
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
    /// The problem of a denied request, for clients that accept nothing else
    /// (draft-ietf-httpapi-ratelimit-headers, section 5).
    /// - Parameter status: Another than 429 for proxies that take only that for a denial.
    package init(denied decision: Decision, status: Int = 429) {
        let wait =
            decision.retryAfter.map { "again in \(Double($0.millisecondsRoundedUp) / 1_000) s" } ?? "it can never pass"
        self.init(status, "Too Many Requests", "The request is denied; \(wait).")
        type = "https://iana.org/assignments/http-problem-types#quota-exceeded"
        violatedPolicies = decision.rule.map { [$0.description] } ?? []
    }
}
