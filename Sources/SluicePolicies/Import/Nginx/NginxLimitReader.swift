internal import Sluice

/// Reads the directives about limits, and reports what nginx would not take.
struct NginxLimitReader {
    let log: DiagnosticLog
    var zones: [String: NginxZone] = [:]

    /// Notes a zone.
    mutating func addZone(_ directive: NginxDirective) {
        let counts = directive.name == "limit_req_zone"
        let known = counts ? ["zone", "rate"] : ["zone"]
        guard let key = directive.arguments.first else {
            log.report("'\(directive.name)' has no key", at: directive.position)
            return
        }
        var name: String?
        var rate: (count: Int64, seconds: Int64)?
        for word in directive.arguments.dropFirst() where word.text != "sync" {
            let (option, value) = Self.halves(word.text)
            switch option {
            case "zone": name = Self.beforeSize(value)
            case "rate" where counts: rate = self.rate(value, at: word.position)
            default: reportUnknown(word, in: directive, known: known + (counts ? ["sync"] : []))
            }
        }
        guard let name, !name.isEmpty else {
            log.report("'\(directive.name)' has no 'zone=NAME:SIZE'", at: directive.position)
            return
        }
        if let other = zones[name] {
            log.report(
                "the zone \(name.quoted) is already given in line \(other.position.line)", at: directive.position)
            return
        }
        // nginx's default.
        let rateOrDefault = counts ? rate ?? (1, 1) : nil
        zones[name] = NginxZone(name: name, key: key.text, rate: rateOrDefault, position: directive.position)
    }

    private func rate(_ text: String, at position: SourcePosition) -> (count: Int64, seconds: Int64)? {
        for (suffix, seconds) in [("r/s", 1), ("r/m", 60)] as [(String, Int64)] where text.hasSuffix(suffix) {
            guard let count = Int64(text.dropLast(3)), count > 0 else { break }
            return (count, seconds)
        }
        log.report("a rate is such as 5r/s or 30r/m, not \(text.quoted)", at: position)
        return nil
    }

    /// The limits of a block, given those around it.
    func limits(of block: [NginxDirective], inside outer: NginxLimits) -> NginxLimits {
        var limits = outer
        // One of these in a block takes the place of all that it would inherit, of the same kind.
        let requests = block.filter { $0.name == "limit_req" }
        if !requests.isEmpty { limits.requests = requests.compactMap(request) }
        let connections = block.filter { $0.name == "limit_conn" }
        if !connections.isEmpty { limits.connections = connections.compactMap(connection) }
        for directive in block {
            guard let word = directive.arguments.first else { continue }
            switch directive.name {
            case "limit_req_dry_run": limits.requestsAreDry = word.text == "on"
            case "limit_conn_dry_run": limits.connectionsAreDry = word.text == "on"
            case "limit_req_status": limits.status = word.text
            default: break
            }
        }
        for index in limits.requests.indices { limits.requests[index].isDryRun = limits.requestsAreDry }
        for index in limits.connections.indices { limits.connections[index].isDryRun = limits.connectionsAreDry }
        return limits
    }

    private func request(_ directive: NginxDirective) -> NginxRequestLimit? {
        var zone: String?
        var burst: Int64 = 0
        var delay: Int64 = 0
        for word in directive.arguments {
            let (option, value) = Self.halves(word.text)
            switch option {
            case "zone": zone = known(value, at: word.position)
            case "burst": burst = number(value, "burst", at: word.position)
            case "delay": delay = number(value, "delay", at: word.position)
            case "nodelay" where value.isEmpty: delay = .max
            default: reportUnknown(word, in: directive, known: ["zone", "burst", "delay", "nodelay"])
            }
        }
        if !directive.arguments.contains(where: { $0.text.hasPrefix("zone=") }) {
            log.report("'limit_req' has no 'zone=NAME'", at: directive.position)
        }
        return zone.map { NginxRequestLimit(zone: $0, burst: burst, delay: delay) }
    }

    private func connection(_ directive: NginxDirective) -> NginxConnectionLimit? {
        guard directive.arguments.count == 2 else {
            log.report("'limit_conn' has a zone and a number", at: directive.position)
            return nil
        }
        let (zone, count) = (directive.arguments[0], directive.arguments[1])
        let number = number(count.text, "limit_conn", at: count.position)
        return known(zone.text, at: zone.position).map { NginxConnectionLimit(zone: $0, count: max(1, number)) }
    }

    private func known(_ zone: String, at position: SourcePosition) -> String? {
        if zones[zone] != nil { return zone }
        log.report("no zone is named \(zone.quoted)", at: position, unknown: zone, among: Array(zones.keys))
        return nil
    }

    private func number(_ text: String, _ name: String, at position: SourcePosition) -> Int64 {
        if let number = Int64(text), number > 0, number < 1 << 32 { return number }
        log.report("\(name.quoted) is a whole number from 1, not \(text.quoted)", at: position)
        return 1
    }

    private func reportUnknown(_ word: NginxDirective.Word, in directive: NginxDirective, known: [String]) {
        let name = Self.halves(word.text).0
        let message = "unknown parameter \(word.text.quoted) of '\(directive.name)'"
        log.report(message, at: word.position, unknown: name, among: known)
    }

    private static func halves(_ text: String) -> (String, String) {
        guard let equals = text.firstIndex(of: "=") else { return (text, "") }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    private static func beforeSize(_ text: String) -> String { String(text.prefix { $0 != ":" }) }
}
