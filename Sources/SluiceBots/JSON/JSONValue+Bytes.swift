#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension JSONValue {
    /// Reads JSON.
    /// - Throws: `DecodingError` if it is none, or nested deeper than 512 levels.
    public init(bytes: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }

    /// This as JSON in UTF-8, the keys of objects in their order, so that equal values are equal bytes.
    /// - Throws: `EncodingError` if a number is not finite.
    public func bytes() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(self))
    }
}
