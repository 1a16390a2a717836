/// Turns values into bytes for a tier, and back.
public protocol CacheCodec<Value>: Sendable {
    /// What it turns into bytes.
    associatedtype Value: Sendable

    /// The bytes that stand for a value.
    func encode(_ value: Value) throws -> [UInt8]

    /// The value that bytes stand for. What cannot be read is loaded again, so a type may change its form.
    func decode(_ bytes: [UInt8]) throws -> Value
}

/// Text as UTF-8.
public struct TextCodec: CacheCodec {
    /// The codec of text.
    public init() {}

    public func encode(_ value: String) -> [UInt8] { Array(value.utf8) }

    public func decode(_ bytes: [UInt8]) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CacheCodecFault(description: "what the shared tier has is no UTF-8")
        }
        return text
    }
}

/// Bytes as they are.
public struct BytesCodec: CacheCodec {
    /// The codec of bytes.
    public init() {}

    public func encode(_ value: [UInt8]) -> [UInt8] { value }

    public func decode(_ bytes: [UInt8]) -> [UInt8] { bytes }
}

/// Why bytes are no value.
public struct CacheCodecFault: Error, Hashable, CustomStringConvertible {
    public var description: String

    /// A fault in so many words.
    public init(description: String) { self.description = description }
}

extension CacheCodec where Self == TextCodec {
    /// Text as UTF-8.
    public static var text: TextCodec { TextCodec() }
}

extension CacheCodec where Self == BytesCodec {
    /// Bytes as they are.
    public static var bytes: BytesCodec { BytesCodec() }
}
