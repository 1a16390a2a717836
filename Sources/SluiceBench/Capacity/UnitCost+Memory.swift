extension UnitCost {
    var serverMemory: Detail? {
        switch self {
        case .serverBytes:
            Detail(
                "a server without cells", 50.2 * 1_048_576,
                "performance.md, Mixed load: 50.2 MiB in an hour's last third")
        case .cellBytes: Detail("a live cell", 42.4, "performance.md, Memory: 10 M live keys")
        // 7.68 MB / 50,000 = 153.6 = two cells of 42.4 and 68.8, which is one chunk of 64 bytes, 60 of them data.
        case .logEntryBytes:
            Detail(
                "a hit of a sliding log, in chunks of 64 bytes with 60 for hits", 3,
                "performance.md, Memory: 50,000 users with a log of 20 take 7.68 MB, one chunk each")
        case .leaseBytes: Detail("a lease, in such chunks", 16, "algorithms.md, concurrency")
        case .respConnectionBytes:
            Detail("an open connection, Redis protocol", 4.9 * 1_024, "performance.md, Idle connections: 4.9 KiB")
        case .httpConnectionBytes:
            Detail("an open connection, HTTP", 17.9 * 1_024, "performance.md, Idle connections: 17.9 KiB")
        case .grpcConnectionBytes:
            Detail("an open connection, gRPC", 17.9 * 1_024, "not measured: HTTP's stands in for it")
        default: nil
        }
    }

    var redisMemory: Detail? {
        switch self {
        case .redisBytes: Detail("a Redis without cells", 1e6, "redis.md, Sizing: 1 MB")
        case .redisCellBytes: Detail("a live cell", 25, "redis.md, Sizing: 25 bytes")
        case .redisBucketBytes: Detail("a bucket of cells, 65,536 at most", 160, "redis.md, Sizing: 160 bytes")
        // 549 = x + 100 y and 218 = x + 20 y.
        case .redisLogBytes: Detail("a log or a list of leases", 135, "redis.md, Sizing: logs of 20 and of 100 hits")
        case .redisLogEntryBytes:
            Detail("a hit of it", 4.14, "redis.md, Sizing: 549 and 218 bytes a log, 80 hits apart")
        case .redisLeaseBytes: Detail("a lease of it", 15, "redis.md, What is in Redis")
        case .redisConnectionBytes:
            Detail("an open connection", 22_272, "scaling.md: CLIENT LIST, tot-mem")
        case .redisRoom:
            Detail("memory to have, of what is used", 2, "redis.md, Sizing: leave as much again")
        default: nil
        }
    }
}
