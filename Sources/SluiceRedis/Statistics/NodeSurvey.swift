/// What a node of Redis tells of itself.
///
/// Source: the fields of `INFO`, https://redis.io/docs/latest/commands/info/.
package struct NodeSurvey: Sendable, Hashable {
    /// Where it is.
    package var address: String
    /// Whether it has answered; without that nothing else is known.
    package var isUp: Bool
    private var fields: [String: String] = [:]

    /// - Parameter info: The answer to `INFO`; `nil` if there was none.
    package init(address: String, info: String?) {
        self.address = address
        isUp = info != nil
        for line in (info ?? "").split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
    }

    private func number(_ name: String) -> UInt64? { fields[name].flatMap { UInt64($0) } }

    /// Bytes that it uses, and may use; 0 for as many as there are.
    package var memoryBytes: UInt64? { number("used_memory") }
    package var memoryLimitBytes: UInt64? { number("maxmemory") }
    /// Connections of clients, and how many it takes.
    package var clients: UInt64? { number("connected_clients") }
    package var clientsLimit: UInt64? { number("maxclients") }
    /// Keys that it dropped for want of memory.
    package var evictedKeys: UInt64? { number("evicted_keys") }
    /// Commands that it has executed.
    package var commands: UInt64? { number("total_commands_processed") }

    /// Seconds of processor time that its main thread has taken, which executes all commands; before Redis 6.2 those of
    /// the whole process.
    package var cpuSeconds: Double? {
        func seconds(_ kind: String) -> Double? {
            (fields["\(kind)_main_thread"] ?? fields[kind]).flatMap(Double.init)
        }
        guard let user = seconds("used_cpu_user"), let system = seconds("used_cpu_sys") else { return nil }
        return user + system
    }

    /// Seconds since the slowest replica has confirmed what it has; `nil` without replicas. A replica that is being
    /// set up tells none.
    package var replicationLagSeconds: UInt64? {
        (0..<(number("connected_slaves") ?? 0)).compactMap { replica in
            fields["slave\(replica)"]?.split(separator: ",").lazy
                .compactMap { $0.hasPrefix("lag=") ? UInt64($0.dropFirst(4)) : nil }.first
        }.max()
    }
}
