/// A value that may be kept by a cache: one that is still of use a while after it was read.
///
/// A cache takes values of no other types, so what must not be cached is refused by the compiler, and whoever allows
/// it writes that down where the type is:
///
/// ```swift
/// struct Profile: Cacheable, Codable { var name: String }
/// ```
///
/// Text, bytes, numbers, and collections of what is cacheable are. A type cannot be ``Cacheable`` and ``Uncacheable``.
public protocol Cacheable: Sendable {
    /// Tells the compiler that the type is not ``Uncacheable``; there is nothing to write.
    associatedtype CacheRule = MayBeCached where CacheRule == MayBeCached
}

/// A value that must never be kept by a cache: a balance, a key of an API, a secret, what is left of a limit.
///
/// Such values are wrong a moment later, or must not lie about. A type that is uncacheable cannot be made
/// ``Cacheable`` anywhere, by nobody: the compiler refuses it.
///
/// ```swift
/// struct Balance: Uncacheable { var cents: Int }
/// ```
public protocol Uncacheable {
    /// Tells the compiler that the type is not ``Cacheable``; there is nothing to write.
    associatedtype CacheRule = MustNotBeCached where CacheRule == MustNotBeCached
}

/// What tells the compiler that a type is ``Cacheable``.
public enum MayBeCached {}
/// What tells the compiler that a type is ``Uncacheable``.
public enum MustNotBeCached {}

extension String: Cacheable {}
extension Substring: Cacheable {}
extension Bool: Cacheable {}
extension Int: Cacheable {}
extension Int8: Cacheable {}
extension Int16: Cacheable {}
extension Int32: Cacheable {}
extension Int64: Cacheable {}
extension UInt: Cacheable {}
extension UInt8: Cacheable {}
extension UInt16: Cacheable {}
extension UInt32: Cacheable {}
extension UInt64: Cacheable {}
extension Float: Cacheable {}
extension Double: Cacheable {}
extension Duration: Cacheable {}
extension Optional: Cacheable where Wrapped: Cacheable {}
extension Array: Cacheable where Element: Cacheable {}
extension ContiguousArray: Cacheable where Element: Cacheable {}
extension Set: Cacheable where Element: Cacheable {}
extension Dictionary: Cacheable where Key: Cacheable, Value: Cacheable {}
