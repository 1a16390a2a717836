/// Why something could not be measured, with what to do about it.
public struct BenchError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// An error that says so.
    public init(_ description: String) { self.description = description }
}
