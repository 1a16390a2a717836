/// Reads what Sentinels answer.
///
/// Source: [Redis Sentinel](https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/), "Sentinel API".
enum SentinelReply {
    /// The address of a master: host and port, or nothing if the name is unknown.
    static func address(_ value: RESPValue) -> NodeAddress? {
        guard let elements = value.elements, elements.count == 2, let host = elements[0].text else { return nil }
        return address(host, elements[1].integer)
    }

    /// The addresses of `SENTINEL SENTINELS`, an entry with names and values for each.
    static func sentinels(_ value: RESPValue) -> [NodeAddress] {
        (value.elements ?? []).compactMap { entry in
            entry["ip"]?.text.flatMap { address($0, entry["port"]?.integer) }
        }
    }

    private static func address(_ host: String, _ port: Int64?) -> NodeAddress? {
        guard let port, port > 0, port <= 65_535, !host.isEmpty else { return nil }
        return .tcp(host: host, port: Int(port))
    }
}
