/// A fault that ends a replay before it has begun: a file that cannot be read, a format that cannot be told.
///
/// What is wrong with single lines is counted in the report and is no error.
public struct ReplayError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String, Hashable, Sendable {
            case unreadableFile, unknownFormat, missingField, unknownPolicy, invalidOption, missingProgram
        }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// A file cannot be opened or read.
        public static let unreadableFile = Code(.unreadableFile)
        /// The format of a log is none that a replay knows.
        public static let unknownFormat = Code(.unknownFormat)
        /// A file has no field for something that a replay needs, such as the time.
        public static let missingField = Code(.missingField)
        /// No policy has that name, or there are several and none was named.
        public static let unknownPolicy = Code(.unknownPolicy)
        /// An option contradicts the policy or another option.
        public static let invalidOption = Code(.invalidOption)
        /// A program that a replay needs, such as gzip, is not installed.
        public static let missingProgram = Code(.missingProgram)

        public var description: String { base.rawValue }
    }

    /// What kind of fault it is.
    public var code: Code
    /// What is wrong and what to do, in one sentence.
    public var message: String

    /// An error of a kind with a message that says what to do.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
