internal import Sluice

/// What a zone counts by, as descriptor keys.
struct NginxKey {
    private(set) var keys: [DescriptorKey] = []
    /// Where a proxy's request has each of them: `client-address`, `header x-api-key`.
    private(set) var values: [(key: String, value: String)] = []
    private(set) var remarks: [String] = []
    /// A variable that has no equal, for which nothing can be counted.
    private(set) var unknown: String?

    private static let known: [String: (key: String, value: String)] = [
        "binary_remote_addr": ("ip", "client-address"), "remote_addr": ("ip", "client-address"),
        "realip_remote_addr": ("ip", "client-address"), "host": ("host", "host"), "http_host": ("host", "host"),
        "server_name": ("host", "host"), "uri": ("path", "path"), "document_uri": ("path", "path"),
        "request_uri": ("path", "path"), "request_method": ("method", "method"),
        "http_user_agent": ("agent", "header user-agent"),
    ]

    /// - Parameter maps: The `map` and `geo` directives by the variable that they set.
    init(_ text: String, maps: [String: NginxDirective]) {
        for name in Self.variables(in: text) { add(name, maps: maps, depth: 0) }
        if keys.isEmpty, unknown == nil, !text.contains("$") {
            remarks.append("The key is the same for all, so all callers are counted together.")
        }
    }

    private mutating func add(_ name: String, maps: [String: NginxDirective], depth: Int) {
        if let known = Self.known[name] { return add(known.key, known.value, of: name) }
        if name.hasPrefix("http_"), name.count > 5 {
            let header = String(name.dropFirst(5)).split(separator: "_").joined(separator: "-")
            return add(header, "header \(header)", of: name)
        }
        if name.hasPrefix("arg_"), name.count > 4 {
            return add(String(name.dropFirst(4)), "query \(name.dropFirst(4))", of: name)
        }
        guard let map = maps[name], depth < 4 else {
            unknown = name
            return
        }
        remarks.append("$\(name) is the result of this, which has no equal:\n\(Self.text(of: map))")
        let results = (map.block ?? []).flatMap { $0.arguments.map(\.text) }.flatMap(Self.variables)
        guard let only = results.first, Set(results).count == 1 else {
            unknown = name
            return
        }
        remarks.append(
            "It counts every request by $\(only) here. Those for which $\(name) is empty are not limited by nginx: "
                + "name them in the policy's 'allow', such as '- {ip: 10.0.0.0/8}'.")
        add(only, maps: maps, depth: depth + 1)
    }

    private mutating func add(_ key: String, _ value: String, of variable: String) {
        if variable == "request_uri" { remarks.append("$request_uri has the query; path is without it.") }
        if variable == "server_name" {
            remarks.append("$server_name is the server's first name; host is what the client asks for.")
        }
        if value == "client-address" { noteNetworks() }
        guard !keys.contains(DescriptorKey(key)) else { return }
        keys.append(DescriptorKey(key))
        values.append((key, value))
    }

    private mutating func noteNetworks() {
        let remark =
            "An IPv6 client is counted by its /64 network; nginx counts each address (server: ipv6-prefix: 128)."
        if !remarks.contains(remark) { remarks.append(remark) }
    }

    /// The names of the variables in a text, in order: `$name` and `${name}`.
    private static func variables(in text: String) -> [String] {
        text.split(separator: "$", omittingEmptySubsequences: false).dropFirst().compactMap { part in
            let part = part.first == "{" ? part.dropFirst() : part
            let name = part.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            return name.isEmpty ? nil : name.lowercased()
        }
    }

    private static func text(of map: NginxDirective) -> String {
        let head = ([map.name] + map.arguments.map(\.text)).joined(separator: " ")
        let lines = (map.block ?? []).map { directive in
            let words = ([directive.name] + directive.arguments.map(\.text)).map { $0.isEmpty ? "\"\"" : $0 }
            return "      \(words.joined(separator: " "));"
        }
        return (["    \(head) {"] + lines + ["    }"]).joined(separator: "\n")
    }
}
