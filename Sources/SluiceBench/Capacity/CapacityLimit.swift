/// Why no number of servers is enough, with what to do about it.
public struct CapacityLimit: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
