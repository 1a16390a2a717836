/// Bytes that are no reply. Nothing that follows them can be understood, so the connection has to end.
public enum ReplyViolation: Error, Hashable, Sendable, CustomStringConvertible {
    /// A value begins with a byte that names no kind.
    case unknownKind(UInt8)
    /// A length or a count is no number, or negative where it may not be.
    case invalidLength
    /// A number, a boolean or a null is written in no known way.
    case invalidNumber
    /// A line or a string does not end as it has to.
    case missingLineEnd
    /// A string or an aggregate of unknown length, which no server sends unless asked to.
    case streamed
    /// A push within a reply.
    case misplacedPush
    /// More than ``RESPValueLimits`` allows.
    case lineTooLong
    case stringTooLong
    case tooManyElements
    case tooDeep
    case replyTooLong

    public var description: String {
        switch self {
        case .unknownKind(let byte): "byte \(byte) begins no kind of reply"
        case .invalidLength: "a length is no number"
        case .invalidNumber: "a number is written in no known way"
        case .missingLineEnd: "a line does not end as it has to"
        case .streamed: "streamed replies are not supported"
        case .misplacedPush: "a push within a reply"
        case .lineTooLong: "a line is longer than the limit"
        case .stringTooLong: "a string is longer than the limit"
        case .tooManyElements: "more values than the limit"
        case .tooDeep: "aggregates are nested deeper than the limit"
        case .replyTooLong: "a reply is longer than the limit"
        }
    }
}
