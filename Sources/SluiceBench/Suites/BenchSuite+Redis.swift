extension BenchSuite {
    /// Redis itself, as decisions meet it.
    static let redis = BenchSuite(
        "redis", "operations a second, round trips, bytes, replication, failover",
        needs: [.redis, .cluster]
    ) { context in
        // Bytes come first: what is measured later leaves cells behind that expire.
        let bytes = try await RedisCellBytes(context: context.part(0..<0.4)).tables()
        let rates = try await RedisRates(context: context.part(0.4..<0.7)).table()
        let trips = try await RedisRoundTrips(context: context.part(0.7..<0.8)).table()
        let lag = try await ReplicationLag(context: context.part(0.8..<0.85)).table()
        let failover = try await MasterFailover(context: context.part(0.85..<1)).table()
        return [rates, trips] + bytes + [lag, failover]
    }
}
