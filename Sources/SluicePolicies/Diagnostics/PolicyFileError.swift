/// Everything that is wrong with a policy file.
///
/// A file is read to its end before this is thrown, so one run shows all that has to be corrected. Only a text that
/// is not YAML at all stops at the first fault.
public struct PolicyFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String, Hashable, Sendable { case unreadable, malformed, invalid }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// There is no such file, it may not be read, or it is too large.
        public static let unreadable = Code(.unreadable)
        /// The text is not YAML.
        public static let malformed = Code(.malformed)
        /// The text is YAML, but not a policy file.
        public static let invalid = Code(.invalid)

        public var description: String { base.rawValue }
    }

    /// What kind of fault it is.
    public var code: Code
    /// What is wrong, in the order of the file; never empty, at most ``PolicyFile/maximumDiagnostics``.
    public var diagnostics: [PolicyDiagnostic]
    /// How many more there were than ``diagnostics`` holds.
    public var omitted: Int

    init(_ code: Code, _ diagnostics: [PolicyDiagnostic], omitted: Int = 0) {
        self.code = code
        self.diagnostics = diagnostics
        self.omitted = omitted
    }

    /// All diagnostics as compilers print them.
    public var description: String { formatted(colors: false) }

    /// All diagnostics as compilers print them, in colours for a terminal if asked.
    public func formatted(colors: Bool) -> String {
        var lines = diagnostics.map { $0.formatted(colors: colors) }
        if omitted > 0 { lines.append("\(omitted) more errors are not shown") }
        return lines.joined(separator: "\n")
    }
}
