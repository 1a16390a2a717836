/// What one thing costs: processor time, bytes. Capacity is planned from these.
///
/// The raw values are the keys of a file of costs. Times are microseconds of one core.
public enum UnitCost: String, Sendable, CaseIterable {
    // A server's time.
    case respRead = "resp_read_us"
    case respDecision = "resp_decision_us"
    case httpRequest = "http_request_us"
    case grpcCall = "grpc_call_us"
    case rule = "rule_us"
    case hotDecision = "hot_decision_us"
    case redisClient = "redis_client_us"
    case redisClientCall = "redis_client_call_us"
    case borrowed = "borrowed_us"
    // Redis's time.
    case redisCall = "redis_call_us"
    case redisDecision = "redis_decision_us"
    case redisRule = "redis_rule_times"
    case redisPlace = "redis_place_times"
    case redisBorrowed = "redis_borrowed_us"
    // Memory of a server.
    case serverBytes = "server_bytes"
    case cellBytes = "cell_bytes"
    case logEntryBytes = "log_entry_bytes"
    case leaseBytes = "lease_bytes"
    case respConnectionBytes = "resp_connection_bytes"
    case httpConnectionBytes = "http_connection_bytes"
    case grpcConnectionBytes = "grpc_connection_bytes"
    // Memory of Redis.
    case redisBytes = "redis_bytes"
    case redisCellBytes = "redis_cell_bytes"
    case redisBucketBytes = "redis_bucket_bytes"
    case redisLogBytes = "redis_log_bytes"
    case redisLogEntryBytes = "redis_log_entry_bytes"
    case redisLeaseBytes = "redis_lease_bytes"
    case redisConnectionBytes = "redis_connection_bytes"
    case redisRoom = "redis_room_times"
    // Bytes on the wire.
    case respRequestBytes = "resp_request_bytes"
    case respReplyBytes = "resp_reply_bytes"
    case httpRequestBytes = "http_request_bytes"
    case httpReplyBytes = "http_reply_bytes"
    case grpcRequestBytes = "grpc_request_bytes"
    case grpcReplyBytes = "grpc_reply_bytes"
    case redisCallBytes = "redis_call_bytes"
    case redisChargeBytes = "redis_charge_bytes"
    case redisAnswerBytes = "redis_answer_bytes"
    case redisVerdictBytes = "redis_verdict_bytes"
    case replicationBytes = "replication_bytes"
    case packetBytes = "packet_bytes"
    case busHeadBytes = "bus_head_bytes"
    case busGossipBytes = "bus_gossip_bytes"

    /// What it is, what it usually is, and where that comes from.
    public struct Detail: Sendable {
        /// What is counted.
        public var meaning: String
        /// What was measured, or follows from it.
        public var usual: Double
        /// Where it was measured, or which code or specification says so.
        public var source: String

        init(_ meaning: String, _ usual: Double, _ source: String) {
            self.meaning = meaning
            self.usual = usual
            self.source = source
        }
    }

    /// What is known of it.
    public var detail: Detail {
        serverTime ?? redisTime ?? serverMemory ?? redisMemory ?? clientWire ?? redisWire
    }

    /// Microseconds, bytes, or how many times as much.
    public var unit: String {
        rawValue.hasSuffix("_us") ? "µs" : rawValue.hasSuffix("_bytes") ? "B" : "×"
    }
}
