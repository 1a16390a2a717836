public import SluiceRedis

extension RedisStore {
    /// The same with keys of its own, on which decisions wait for Redis for as long as they must, and each asks it.
    public func forMeasuring() -> RedisStore {
        var store = self
        store.prefix = "bench-\(UInt32.random(in: .min ... .max))"
        store.timeout = .seconds(10)
        store.rememberedDenials = 0
        return store
    }
}
