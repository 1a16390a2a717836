import NIOCore
import Sluice

/// The endpoints that take a decision request and answer with a decision.
enum DecisionEndpoint: CaseIterable, Sendable {
    case check, peek, refund, reset

    /// Where it is.
    var path: String {
        switch self {
        case .check: "/v1/check"
        case .peek: "/v1/peek"
        case .refund: "/v1/refund"
        case .reset: "/v1/reset"
        }
    }

    var operation: RawOperation {
        switch self {
        case .check: .decide
        case .peek: .peek
        case .refund: .refund
        case .reset: .reset
        }
    }

    var fields: DecisionRequest.Fields {
        switch self {
        case .check, .peek: .decision
        case .refund: .costed
        case .reset: .plain
        }
    }

    /// Whether a denial is what the caller asked about. A refund or reset says in its body how things stand now,
    /// and is itself done.
    var answersDenials: Bool { self == .check || self == .peek }
}
