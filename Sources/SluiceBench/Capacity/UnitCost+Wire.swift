extension UnitCost {
    var clientWire: Detail? {
        let counted = "scaling.md: counted on a socket"
        return switch self {
        case .respRequestBytes: Detail("SLUICE.CHECK of one key, without the key's value", 54, counted)
        case .respReplyBytes: Detail("its answer", 40, counted)
        case .httpRequestBytes: Detail("POST /v1/check with the least fields, without the value", 108, counted)
        case .httpReplyBytes: Detail("its answer", 304, counted)
        case .grpcRequestBytes: Detail("a call on an open connection, without the value", 44, counted)
        case .grpcReplyBytes: Detail("its answer", 137, counted)
        default: nil
        }
    }

    /// The rest.
    var redisWire: Detail {
        let told = "scaling.md: INFO stats, with 1 and with 64 a call"
        // clusterMsg and clusterMsgDataGossip of Redis's cluster bus.
        let bus = "Redis 7.0, clusterMsg"
        return switch self {
        case .redisCallBytes: Detail("a call to Redis", 108, told)
        case .redisChargeBytes: Detail("a decision in it", 40, told)
        case .redisAnswerBytes: Detail("the answer", 14.2, told)
        case .redisVerdictBytes: Detail("a decision in it", 8, told)
        case .replicationBytes:
            Detail("a decision's write, to each replica", 107, "scaling.md: master_repl_offset")
        // 14 and 4 of Ethernet, 20 of IPv4, 20 and 12 of TCP with timestamps.
        case .packetBytes: Detail("the heads of a packet", 70, "IEEE 802.3, RFC 791, RFC 9293, RFC 7323")
        case .busHeadBytes: Detail("a ping between nodes", 2_256, bus)
        case .busGossipBytes: Detail("each node that it tells of, a tenth of all", 104, bus)
        default: preconditionFailure("\(rawValue) has no detail")
        }
    }
}
