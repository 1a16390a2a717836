import Synchronization

/// A rule's name in four bytes, so that a decision can carry it without counting references.
///
/// Names are kept for the life of the process. Only policies make new ones, so their number is that of the
/// distinct rule names ever loaded.
public struct RuleName: Hashable, Sendable, CustomStringConvertible {
    private let index: UInt32

    private struct Names {
        var all: [String] = []
        var indices: [String: UInt32] = [:]
    }

    private static let names = Mutex(Names())

    package init(_ name: String) {
        index = Self.names.withLock { names in
            if let known = names.indices[name] { return known }
            let index = UInt32(names.all.count)
            names.all.append(name)
            names.indices[name] = index
            return index
        }
    }

    /// The name as the policy gives it.
    public var description: String { Self.names.withLock { $0.all[Int(index)] } }

    public static func == (a: RuleName, b: String) -> Bool { a.description == b }
}
