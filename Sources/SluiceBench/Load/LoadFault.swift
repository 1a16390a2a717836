/// Why a request counts as failed. A denial, status 429, is an answer and no fault.
public enum LoadFault: String, Sendable, Hashable, CaseIterable {
    case noConnection = "no connection"
    case lost = "connection lost"
    case timedOut = "timed out"
    /// Any status from 400 to 499 but 429: the request is wrong.
    case refused = "refused (4xx)"
    case failed = "failed (5xx)"

    /// What a status means; `nil` if nothing is wrong.
    init?(status: Int) {
        switch status {
        case 429: return nil
        case 400..<500: self = .refused
        case 500...: self = .failed
        default: return nil
        }
    }
}
