/// Bytes that are not the protocol. Nothing that follows them can be understood, so the connection has to end.
///
/// The words are those of Redis 7 (`networking.c`), save for ``frameTooLong``, which Redis does not have.
public enum ProtocolViolation: Error, Hashable, Sendable, CustomStringConvertible {
    /// A line that says how many arguments there are does not end.
    case argumentCountTooLong
    /// The number of arguments is not a number, or more than a frame can hold.
    case invalidArgumentCount
    /// A line that says how long an argument is does not end.
    case lengthTooLong
    /// An argument does not begin with `$`.
    case expectedLength(found: UInt8)
    /// An argument's length is not a number, negative, or more than a frame can hold.
    case invalidLength
    /// An inline command's line does not end.
    case lineTooLong
    /// A quote of an inline command is not closed, or something follows it at once.
    case unbalancedQuotes
    /// The request is longer than ``RequestLimits/frameBytes``.
    case frameTooLong

    /// What Redis says after `ERR Protocol error: `.
    public var description: String {
        switch self {
        case .argumentCountTooLong: "too big mbulk count string"
        case .invalidArgumentCount: "invalid multibulk length"
        case .lengthTooLong: "too big bulk count string"
        case .expectedLength(let found): "expected '$', got '\(Self.printable(found))'"
        case .invalidLength: "invalid bulk length"
        case .lineTooLong: "too big inline request"
        case .unbalancedQuotes: "unbalanced quotes in request"
        case .frameTooLong: "too big request"
        }
    }

    /// Line ends would end the reply early and other bytes need not be UTF-8: both become spaces.
    private static func printable(_ byte: UInt8) -> Character {
        byte >= 0x20 && byte < 0x7f ? Character(Unicode.Scalar(byte)) : " "
    }
}
