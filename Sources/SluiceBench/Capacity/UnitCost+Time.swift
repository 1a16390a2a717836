extension UnitCost {
    var serverTime: Detail? {
        switch self {
        // x + y = 16.0 alone and x + y / 16 = 2.20 in a pipeline of 16: y = 13.8 × 16 / 15.
        case .respRead:
            Detail(
                "a read from a client and the write of its answers", 14.72,
                "performance.md, Watching: 16.0 µs alone, 2.20 µs with 16")
        case .respDecision:
            Detail(
                "a command of a read: parsed, decided, answered", 1.28,
                "performance.md, Watching: 16.0 µs alone, less the read")
        case .httpRequest:
            Detail("POST /v1/check", 22.5, "performance.md, HTTP: /v1/check on the event loop")
        case .grpcCall: Detail("a call of Envoy's service", 273, "performance.md, Behind Envoy: against a constant")
        // (3.30 - 2.20) / 2.
        case .rule:
            Detail("each further rule", 0.55, "performance.md, Watching: three rules 3.30 µs, one 2.20 µs")
        case .hotDecision:
            Detail(
                "a decision under its shard's lock", 0.094_9,
                "performance.md, One decision in process: 94.9 ns, the clock included")
        // 7.6 at 64 a call, less a 64th of a call's own.
        case .redisClient:
            Detail(
                "what asking Redis adds to a decision", 7.43,
                "performance.md, Redis: client 7.6 µs, less a 64th of a call")
        // 11.64 - 0.68: what a command by itself costs more than one of 64.
        case .redisClientCall:
            Detail(
                "a call of Redis: written, its answer read", 10.96,
                "performance.md, The Redis protocol: 11.64 µs alone, 0.68 µs with 64")
        case .borrowed:
            Detail("a decision by what was borrowed", 1.2, "performance.md, Redis: one hot key, client 1.2 µs")
        default: nil
        }
    }

    var redisTime: Detail? {
        switch self {
        // 10.9 is GET by itself, 11.96, less GET of 64, 1.06. 6.6 is (11.3 - 4.8) × 64 / 63.
        case .redisCall:
            Detail(
                "a call, however many decisions it carries", 17.5,
                "performance.md: GET alone 10.9 µs more than with 64; decision 009: FCALL 6.6 µs more")
        // 9.4 - 17.5 / 64.
        case .redisDecision:
            Detail("a decision of one rule", 9.13, "performance.md, Redis: 9.4 µs, less a 64th of a call")
        // (1.90 - 1) / 3.
        case .redisRule:
            Detail(
                "a further rule by the same keys, of a decision's time", 0.3,
                "performance.md, Redis: four rules by user 1.90 ×")
        // (3.88 - 1 - 0.3) / 2: three buckets, and a fourth cell beside them.
        case .redisPlace:
            Detail(
                "a rule by other keys, of a decision's time", 1.29,
                "performance.md, Redis: four rules in three buckets 3.88 ×")
        case .redisBorrowed:
            Detail(
                "a decision by what was borrowed", 0.01, "performance.md, Redis: one hot key, Redis 0.01 µs")
        default: nil
        }
    }
}
