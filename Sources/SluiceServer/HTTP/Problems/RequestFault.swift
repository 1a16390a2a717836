/// What is wrong with a request, before anything was charged for it.
struct RequestFault: Error, Hashable {
    /// What kind of fault it is.
    enum Kind: Hashable {
        /// Not JSON at all.
        case malformed
        /// JSON, but not what is asked for: a wrong type, an unknown word, a number out of range.
        case invalid
        /// More or longer than is accepted.
        case tooLarge
    }

    var kind: Kind
    /// What is wrong and what to do, in one sentence.
    var message: String

    static func malformed(_ message: String) -> RequestFault { RequestFault(kind: .malformed, message: message) }
    static func invalid(_ message: String) -> RequestFault { RequestFault(kind: .invalid, message: message) }
    static func tooLarge(_ message: String) -> RequestFault { RequestFault(kind: .tooLarge, message: message) }
}
