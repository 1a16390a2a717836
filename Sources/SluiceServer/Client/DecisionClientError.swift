/// Why a server gave no decision, with what to do about it.
public struct DecisionClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public struct Code: Hashable, Sendable {
        private enum Base: Hashable, Sendable { case invalidAddress, unreachable, refused, notSluice }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// The server's address is not one.
        public static let invalidAddress = Code(.invalidAddress)
        /// Nobody answers there.
        public static let unreachable = Code(.unreachable)
        /// The server refused the question and said why.
        public static let refused = Code(.refused)
        /// What answers there is not Sluice.
        public static let notSluice = Code(.notSluice)
    }

    /// What kind of fault it is.
    public var code: Code
    /// What is wrong and what to do.
    public var message: String

    /// Creates an error of a kind with a message that says what to do.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
