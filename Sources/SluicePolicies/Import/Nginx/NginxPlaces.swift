internal import Sluice

/// Walks servers and locations and lists them in the order in which nginx chooses among them.
struct NginxPlaces {
    let reader: NginxLimitReader
    /// In order: the first whose host and path match is the one; the last takes everything.
    private(set) var all: [NginxPlace] = []
    /// What could not be said.
    private(set) var remarks: [String] = []

    init(_ http: [NginxDirective], _ reader: NginxLimitReader) {
        self.reader = reader
        let outer = reader.limits(of: http, inside: NginxLimits())
        let servers = http.filter { $0.name == "server" && $0.block != nil }
        let isDefault = servers.firstIndex { Self.isDefault($0) } ?? 0
        for (index, server) in servers.enumerated() where index != isDefault {
            let hosts = self.hosts(of: server)
            if hosts.isEmpty {
                remarks.append(
                    "The server in line \(server.position.line) has no name that a pattern could say: left out.")
            } else {
                add(server, hosts: hosts, inside: outer)
            }
        }
        // Exact names go before wildcards.
        all.sort { a, b in
            let isExact = (!a.hosts.contains { $0.contains("*") }, !b.hosts.contains { $0.contains("*") })
            return isExact.0 && !isExact.1
        }
        if servers.indices.contains(isDefault) {
            add(servers[isDefault], hosts: [], inside: outer)
        } else {
            all.append(NginxPlace(hosts: [], paths: [], limits: outer))
        }
    }

    private static func isDefault(_ server: NginxDirective) -> Bool {
        server.all("listen").contains { $0.arguments.contains { ["default_server", "default"].contains($0.text) } }
    }

    private mutating func hosts(of server: NginxDirective) -> [String] {
        var hosts: [String] = []
        for name in server.all("server_name").flatMap(\.arguments).map({ $0.text.lowercased() }) where name != "_" {
            if name.hasPrefix("~") {
                remarks.append("server_name \(name.quoted) is an expression, which no pattern says: left out.")
            } else if name.hasPrefix(".") {
                hosts += [String(name.dropFirst()), "*\(name)"]
            } else if !name.isEmpty {
                hosts.append(name)
            }
        }
        return hosts
    }

    private mutating func add(_ server: NginxDirective, hosts: [String], inside outer: NginxLimits) {
        let block = server.block ?? []
        let limits = reader.limits(of: block, inside: outer)
        var locations: [(location: NginxLocation, limits: NginxLimits)] = []
        collect(block, inside: limits, isNested: false, into: &locations)
        let hasExpressions = locations.contains { $0.location.isExpression }
        // Stable, as expressions are tried in the order of the file.
        let ordered = locations.enumerated().sorted { a, b in
            if a.element.location.precedes(b.element.location, amongExpressions: hasExpressions) { return true }
            if b.element.location.precedes(a.element.location, amongExpressions: hasExpressions) { return false }
            return a.offset < b.offset
        }
        for (_, element) in ordered {
            all.append(NginxPlace(hosts: hosts, paths: element.location.patterns ?? [], limits: element.limits))
        }
        all.append(NginxPlace(hosts: hosts, paths: [], limits: limits))
    }

    private mutating func collect(
        _ block: [NginxDirective], inside outer: NginxLimits, isNested: Bool,
        into locations: inout [(location: NginxLocation, limits: NginxLimits)]
    ) {
        for directive in block where directive.name == "location" {
            guard let inner = directive.block else { continue }
            let location = NginxLocation(directive.arguments)
            let limits = reader.limits(of: inner, inside: outer)
            let words = directive.arguments.map(\.text).joined(separator: " ")
            let place = "location \(words) (line \(directive.position.line))"
            if location.isNamed || (isNested && location.isExpression) || location.patterns == nil {
                let own = inner.contains { ["limit_req", "limit_conn"].contains($0.name) }
                if own || !location.isNamed {
                    let reason =
                        location.isNamed
                        ? "only nginx itself comes there"
                        : "no pattern says which paths these are, so they count as the rest of the server does"
                    remarks.append("\(place.quoted) is left out: \(reason).")
                }
            } else {
                locations.append((location, limits))
            }
            collect(inner, inside: limits, isNested: true, into: &locations)
        }
    }
}
