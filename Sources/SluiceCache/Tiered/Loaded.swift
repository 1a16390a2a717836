/// What a loader found, and for how long it is fresh if that is not the usual time.
public struct Loaded<Value: Cacheable>: Sendable {
    /// The value, or `nil` if the source has none.
    public var value: Value?
    /// For how long it is fresh, or `nil` for the cache's lifetimes; nothing for a value that is not to be kept.
    public var freshFor: Duration?

    /// What a loader found.
    public init(_ value: Value?, freshFor: Duration? = nil) {
        self.value = value
        self.freshFor = freshFor
    }
}
