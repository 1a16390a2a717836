import Sluice

/// How a hot key's rule borrows, in the words of a policy file: `none`, `auto` or a number of units.
public enum CapacityBorrowing: Sendable, Hashable {
    case none
    /// As much as is used in some hundredths of a second.
    case auto
    /// So many units at a time.
    case units(Int)

    /// Reads the word of a policy file.
    /// - Throws: ``BenchError`` with the nearest word.
    public init(_ word: String) throws(BenchError) {
        switch word {
        case "none": self = .none
        case "auto": self = .auto
        default:
            guard let units = try? CapacityNumber.count(word), units == units.rounded(), units < 1e15 else {
                throw BenchError(
                    "'\(word)' is no way to borrow\(NearestWord.hint(for: word, among: ["none", "auto"])); "
                        + "say none, auto or a number of units")
            }
            self = .units(Int(units))
        }
    }

    /// The word of a policy file.
    public var word: String {
        switch self {
        case .none: "none"
        case .auto: "auto"
        case .units(let units): "\(units)"
        }
    }
}

extension CapacityBorrowing: Codable {
    /// Reads the word.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the word.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(word)
    }
}
