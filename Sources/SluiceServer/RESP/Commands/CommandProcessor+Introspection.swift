import RESP
import Sluice
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// `COMMAND`: what redis-cli shows as hints and some clients look up keys by.
extension CommandProcessor {
    mutating func command(_ request: Request) {
        guard request.count > 1 else { return commandInfo(CommandTable.all) }
        let subcommand = request[1]
        if subcommand.isWord("count") {
            guard request.sent == 2 else { return failCount("command|count") }
            replies.integer(Int64(CommandTable.all.count))
        } else if subcommand.isWord("list") {
            guard request.sent == 2 else { return fail("ERR syntax error") }
            replies.set(CommandTable.all.count)
            for description in CommandTable.all { replies.bulk("\(description.name)") }
        } else if subcommand.isWord("info") {
            commandInfo(request.count == 2 ? CommandTable.all : named(request))
        } else if subcommand.isWord("docs") {
            commandDocs(request.count == 2 ? CommandTable.all : named(request).compactMap(\.self))
        } else {
            fail("ERR unknown subcommand '\(Self.text(subcommand))'. Try COMMAND HELP.")
        }
    }

    private func named(_ request: Request) -> [CommandDescription?] {
        (2..<request.count).map { table.description(of: request[$0]) }
    }

    /// Name, arity, flags, first key, last key, step, categories, tips, key specifications, subcommands.
    private mutating func commandInfo(_ descriptions: [CommandDescription?]) {
        replies.array(descriptions.count)
        for description in descriptions {
            guard let description else {
                replies.null()
                continue
            }
            let hasKey = description.command == .clThrottle
            replies.array(10)
            replies.bulk("\(description.name)")
            replies.integer(Int64(hasKey ? -5 : description.arity))
            replies.set(1)
            replies.simple("fast")
            for _ in 0..<3 { replies.integer(hasKey ? 1 : 0) }
            replies.set(0)
            for _ in 0..<3 { replies.array(0) }
        }
    }

    private mutating func commandDocs(_ descriptions: [CommandDescription]) {
        replies.map(descriptions.count)
        for description in descriptions {
            replies.bulk("\(description.name)")
            let usage = "\(description.usage)"
            replies.map(usage.isEmpty ? 3 : 4)
            replies.bulk("summary")
            replies.bulk("\(description.summary)")
            replies.bulk("since")
            replies.bulk("1.0.0")
            replies.bulk("group")
            replies.bulk("\(description.group)")
            guard !usage.isEmpty else { continue }
            replies.bulk("arguments")
            replies.array(1)
            replies.map(2)
            replies.bulk("name")
            replies.bulk(usage)
            replies.bulk("type")
            replies.bulk("string")
        }
    }
}

/// `CONFIG GET` and `INFO`.
extension CommandProcessor {
    mutating func config(_ request: Request) {
        guard request[1].isWord("get") else {
            return fail("ERR unknown subcommand '\(Self.text(request[1]))'. Try CONFIG HELP.")
        }
        guard request.count > 2 else { return failCount("config|get") }
        let patterns = (2..<request.count).map { Pattern(String(decoding: request[$0], as: UTF8.self).lowercased()) }
        let found = settings.filter { setting in patterns.contains { $0.matches(setting.name) } }
        replies.map(found.count)
        for setting in found {
            replies.bulk(setting.name)
            replies.bulk(setting.value)
        }
    }

    /// What clients and tools ask a Redis for, as far as it has a meaning here.
    private var settings: [(name: String, value: String)] {
        [
            ("appendonly", "no"), ("databases", "1"), ("maxclients", "\(configuration.maximumConnections)"),
            ("maxmemory", "0"), ("proto-max-bulk-len", "\(configuration.requestLimits.frameBytes)"), ("save", ""),
            ("timeout", "\(configuration.idleTimeout.components.seconds)"),
        ]
    }

    mutating func info(_ request: Request) {
        let all = ["server", "clients", "memory", "stats", "replication", "store", "keyspace"]
        var asked = (1..<max(1, request.count)).map { String(decoding: request[$0], as: UTF8.self).lowercased() }
        if asked.isEmpty || !Set(asked).isDisjoint(with: ["all", "default", "everything"]) { asked = all }
        let sections = all.filter(asked.contains).map { section in
            "# \(section.capitalizedASCII)\r\n" + lines(of: section).map { "\($0):\($1)\r\n" }.joined()
        }
        replies.verbatim(sections.joined(separator: "\r\n"))
    }

    private func lines(of section: String) -> [(String, String)] {
        let statistics = transport.statistics
        let cells = limiter.store.count
        switch section {
        case "server":
            let uptime = (ContinuousClock.now - transport.startedAt).components.seconds
            return [
                ("redis_version", Self.imitatedVersion), ("server_name", "sluice"), ("redis_mode", "standalone"),
                ("arch_bits", "\(Int.bitWidth)"), ("process_id", "\(getpid())"),
                ("tcp_port", "\(transport.port.load(ordering: .relaxed))"), ("uptime_in_seconds", "\(uptime)"),
                ("uptime_in_days", "\(uptime / 86_400)"),
            ]
        case "clients":
            return [
                ("connected_clients", "\(statistics.connections)"),
                ("maxclients", "\(configuration.maximumConnections)"), ("blocked_clients", "0"),
            ]
        case "memory": return [("used_memory", "\(limiter.store.bytes)"), ("maxmemory", "0")]
        case "stats":
            return [
                ("total_connections_received", "\(statistics.accepted)"),
                ("rejected_connections", "\(statistics.refused)"),
                ("total_commands_processed", "\(statistics.requests)"),
                ("total_error_replies", "\(statistics.errors)"),
            ]
        case "store": return [("store", storeName)]
        case "replication": return [("role", "master"), ("connected_slaves", "0")]
        default: return cells == 0 ? [] : [("db0", "keys=\(cells),expires=\(cells),avg_ttl=0")]
        }
    }
}

extension String {
    /// The first letter as a capital.
    fileprivate var capitalizedASCII: String { prefix(1).uppercased() + dropFirst() }
}
