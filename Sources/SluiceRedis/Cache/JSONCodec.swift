import Foundation
public import SluiceCache

/// Values as JSON.
public struct JSONCodec<Value: Codable & Sendable>: CacheCodec {
    /// The codec of a type.
    public init() {}

    public func encode(_ value: Value) throws -> [UInt8] { Array(try JSONEncoder().encode(value)) }

    public func decode(_ bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(bytes))
    }
}

extension CacheCodec {
    /// Values as JSON.
    public static func json<Coded>() -> Self where Self == JSONCodec<Coded> { JSONCodec() }
}
