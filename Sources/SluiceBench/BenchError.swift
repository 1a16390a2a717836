/// Why something could not be measured, with what to do about it.
public struct BenchError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
