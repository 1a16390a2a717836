/// A fault: something that could not be decided, with what to do about it.
///
/// A denial is never an error; see ``Decision``.
public struct SluiceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String, Hashable, Sendable {
            case unknownPolicy, invalidPolicy, invalidDescriptor, invalidCost, missingKey
            case invalidLease, unknownTimeZone, tooManyWaiters, snapshot, unsupported, storeFailed
        }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// No policy has that name.
        public static let unknownPolicy = Code(.unknownPolicy)
        /// A policy, rule or limit contradicts itself or is out of range.
        public static let invalidPolicy = Code(.invalidPolicy)
        /// A descriptor has too many entries, or a key or value that is too long.
        public static let invalidDescriptor = Code(.invalidDescriptor)
        /// A cost is negative or out of range.
        public static let invalidCost = Code(.invalidCost)
        /// A strict policy counts by a key that the descriptor lacks.
        public static let missingKey = Code(.missingKey)
        /// The lease is malformed.
        public static let invalidLease = Code(.invalidLease)
        /// The time zone is not in the system's database.
        public static let unknownTimeZone = Code(.unknownTimeZone)
        /// As many callers wait as may wait.
        public static let tooManyWaiters = Code(.tooManyWaiters)
        /// A snapshot could not be written or read.
        public static let snapshot = Code(.snapshot)
        /// The operation has no meaning for this policy.
        public static let unsupported = Code(.unsupported)
        /// The store does not answer, and no failure choice can stand in for it.
        public static let storeFailed = Code(.storeFailed)

        public var description: String { base.rawValue }
    }

    /// What kind of fault it is.
    public var code: Code
    /// What is wrong and what to do, in one sentence.
    public var message: String

    /// Creates an error of a kind with a message that says what to do.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
