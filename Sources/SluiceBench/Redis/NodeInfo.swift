import RESP

/// What a node of Redis tells of itself.
///
/// Source: the fields of `INFO`, https://redis.io/docs/latest/commands/info/.
struct NodeInfo: Sendable {
    private let fields: [String: String]

    /// - Parameter text: The answer to `INFO`.
    init(_ text: String) {
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
        self.fields = fields
    }

    /// Such as `Redis 7.0.15` or `Valkey 8.1.0`.
    var name: String {
        if let version = fields["valkey_version"] { return "Valkey \(version)" }
        return fields["redis_version"].map { "Redis \($0)" } ?? "a Redis that does not tell its version"
    }

    /// Whether it takes writes. One that tells nothing is believed to.
    var isMaster: Bool { fields["role"].map { $0 == "master" } ?? true }

    /// Seconds of processor time that its main thread has taken, which executes all commands; before Redis 6.2 those of
    /// the whole process.
    var coreSeconds: Double? {
        func seconds(_ kind: String) -> Double? {
            (fields["\(kind)_main_thread"] ?? fields[kind]).flatMap(Double.init)
        }
        guard let user = seconds("used_cpu_user"), let system = seconds("used_cpu_sys") else { return nil }
        return user + system
    }

    /// Bytes that it uses.
    var memory: Double? { fields["used_memory"].flatMap(Double.init) }

    /// Where its replicas are that have copied everything, as it knows them.
    var replicas: [NodeAddress] {
        (0..<(fields["connected_slaves"].flatMap(Int.init) ?? 0)).compactMap { index in
            var parts: [Substring: Substring] = [:]
            for part in (fields["slave\(index)"] ?? "").split(separator: ",") {
                let halves = part.split(separator: "=", maxSplits: 1)
                if halves.count == 2 { parts[halves[0]] = halves[1] }
            }
            guard parts["state"] == "online", let host = parts["ip"], let port = parts["port"].flatMap({ Int($0) })
            else { return nil }
            return NodeAddress(host: String(host), port: port)
        }
    }
}
