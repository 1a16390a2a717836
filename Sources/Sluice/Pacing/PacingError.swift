/// Why a send was not made. Its closure has not run, or what it did was refused by the other side.
public struct PacingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of reason it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String, Hashable, Sendable {
            case queueFull, tooLate, neverPasses, shutDown
        }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// As many sends wait as may wait.
        public static let queueFull = Code(.queueFull)
        /// It could not be made in time, or it is certain that it cannot be.
        public static let tooLate = Code(.tooLate)
        /// It costs more than a limit can ever hold, or the policy's list denies it.
        public static let neverPasses = Code(.neverPasses)
        /// The pacer, or the batcher, has been shut down.
        public static let shutDown = Code(.shutDown)

        public var description: String { base.rawValue }
    }

    /// What kind of reason it is.
    public var code: Code
    /// What is wrong and what to do, in one sentence.
    public var message: String
    /// In how long it could have passed at the earliest, as far as is known.
    public var retryAfter: Duration?

    init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    public var description: String { message }
}
