extension HouseRule {
    /// Which modules of this package each module may import: arrows point down only.
    private static let arrows: [String: Set<String>] = [
        "Sluice": [],
        "RESP": [],
        "SluicePolicies": ["Sluice"],
        "SluiceTesting": ["Sluice"],
        "SluiceReplay": ["Sluice", "SluicePolicies"],
        "SluiceCache": ["Sluice"],
        "SluiceBots": ["Sluice"],
        "SluiceBotClients": ["Sluice", "SluiceBots"],
        "SluiceBotsTesting": ["Sluice", "SluiceBots"],
        "SluiceTracing": ["Sluice"],
        "SluiceRedis": ["RESP", "Sluice", "SluiceCache", "SluiceTracing"],
        "SluiceMetrics": ["RESP", "Sluice", "SluiceBots", "SluiceCache", "SluiceRedis"],
        "SluiceHTTP": ["Sluice", "SluiceTracing"],
        "SluiceHummingbird": ["Sluice", "SluiceHTTP"],
        "SluiceGRPC": ["Sluice", "SluiceHTTP", "SluicePolicies", "SluiceTracing"],
        "SluiceServer": [
            "RESP", "Sluice", "SluiceGRPC", "SluiceHTTP", "SluicePolicies", "SluiceRedis", "SluiceTracing",
        ],
        "RedisServers": [],
        "SluiceBench": [
            "RESP", "RedisServers", "Sluice", "SluiceBots", "SluiceGRPC", "SluicePolicies", "SluiceRedis",
            "SluiceServer",
        ],
        "SluiceCommand": [
            "RESP", "Sluice", "SluiceBench", "SluicePolicies", "SluiceRedis", "SluiceReplay", "SluiceServer",
        ],
    ]

    private static let system: Set<String> = ["Synchronization", "Glibc", "Musl", "Darwin", "Android"]

    /// What the modules that others embed may import from outside; other modules are free.
    private static let outside: [String: Set<String>] = [
        "Sluice": system.union(["DequeModule", "HeapModule", "BasicContainers", "HashTreeCollections"]),
        "SluiceTesting": system,
        "SluiceCache": system.union(["DequeModule"]),
        "SluiceBots": system.union(["Foundation", "FoundationEssentials"]),
        "RESP": system.union(["Logging", "NIOCore", "NIOPosix", "NIOSSL"]),
        "SluiceHTTP": system.union(["HTTPTypes"]),
        "SluiceMetrics": system.union(["CoreMetrics", "ServiceLifecycle"]),
        "SluiceTracing": system.union(["Instrumentation", "Tracing"]),
    ]

    /// Where those modules may use Foundation all the same, and why.
    private static let foundation: [String: String] = [
        "Sources/Sluice/Limits/CalendarPeriods.swift":
            "calendars and time zones, asked once for each day, week or month"
    ]

    /// Modules import only what lies below them.
    static let imports = HouseRule("modules import only what lies below them") { file in
        guard file.isSource, let below = arrows[file.module] else { return [] }
        return file.code.enumerated().compactMap { index, line in
            guard let name = importedModule(in: line) else { return nil }
            if arrows[name] != nil, !below.contains(name) {
                return file.violation(index + 1, "\(file.module) lies below or beside \(name)")
            }
            guard let known = outside[file.module], arrows[name] == nil, !known.contains(name) else { return nil }
            if name.hasPrefix("Foundation"), foundation[file.path] != nil { return nil }
            return file.violation(index + 1, "\(file.module) may not import \(name)")
        }
    }

    private static let access: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]

    private static func importedModule(in line: String) -> String? {
        let words = line.split(separator: " ")
        guard let keyword = words.firstIndex(of: "import"), keyword + 1 < words.count,
            words[..<keyword].allSatisfy({ $0.first == "@" || access.contains($0) })
        else { return nil }
        // `import struct Module.Type` names its module last.
        return words.last?.split(separator: ".").first.map(String.init)
    }
}
