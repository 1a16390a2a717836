import RESP
public import SluiceRedis

/// On which Redis was measured: without it its figures say nothing.
public struct MeasuredRedis: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Such as `Redis 7.0.15`, as it tells of itself.
    public var name: String
    /// How many servers take decisions: more than one in a cluster.
    public var masters: Int
    /// Where it is, without passwords; `nil` if it was started for this run.
    public var place: String?

    /// Asks for it.
    /// - Parameter isOwn: Whether it was started for this run.
    /// - Throws: ``BenchError`` if it does not answer.
    public static func of(_ store: RedisStore, isOwn: Bool) async throws -> MeasuredRedis {
        let masters = try await RedisObserver.during(store) { try await $0.masters() }
        return MeasuredRedis(
            name: masters.first?.name ?? "Redis", masters: masters.count,
            place: isOwn ? nil : store.redis.addresses.map(\.description).joined(separator: ", "))
    }

    /// A line, such as `Redis 7.0.15, a cluster of 3 masters, started for this run`.
    public var description: String {
        let kind = masters > 1 ? ", a cluster of \(masters) masters" : ""
        return "\(name)\(kind), \(place.map { "at \($0)" } ?? "started for this run")"
    }
}
