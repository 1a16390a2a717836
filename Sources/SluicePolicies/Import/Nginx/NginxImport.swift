internal import Sluice

/// Makes a policy of nginx's `limit_req`, with a rule for each zone, and one of `limit_conn`.
struct NginxImport {
    private let places: NginxPlaces
    private let zones: [NginxZone]
    private let maps: [String: NginxDirective]

    static func draft(_ source: SourceText) throws(PolicyFileError) -> ImportDraft {
        let directives = try NginxParser.parse(source)
        // A file that is included by another one has what stands in its `http` at its own beginning.
        let http = directives.filter { $0.name == "http" }.flatMap { $0.block ?? [] } + directives
        let log = DiagnosticLog(source)
        var reader = NginxLimitReader(log: log)
        for directive in http where ["limit_req_zone", "limit_conn_zone"].contains(directive.name) {
            reader.addZone(directive)
        }
        let places = NginxPlaces(http, reader)
        var draft = NginxImport(places, reader, http).draft()
        for include in Self.includes(directives) {
            draft.remarks.append("include \(include.quoted) was not followed; import that file, too, if it has limits.")
        }
        try log.throwIfNotEmpty()
        return draft
    }

    private init(_ places: NginxPlaces, _ reader: NginxLimitReader, _ http: [NginxDirective]) {
        self.places = places
        zones = reader.zones.values.sorted { $0.position < $1.position }
        var maps: [String: NginxDirective] = [:]
        for directive in http where ["map", "geo"].contains(directive.name) {
            if let name = directive.arguments.last?.text { maps[name.drop { $0 == "$" }.lowercased()] = directive }
        }
        self.maps = maps
    }

    private static func includes(_ directives: [NginxDirective]) -> [String] {
        directives.flatMap { directive in
            let own = directive.name == "include" ? directive.arguments.map(\.text) : []
            return own.filter { !$0.hasSuffix("mime.types") && !$0.hasSuffix("_params") }
                + includes(directive.block ?? [])
        }
    }

    private func draft() -> ImportDraft {
        var draft = ImportDraft()
        draft.remarks = places.remarks
        let requests = self.requests(&draft.remarks)
        if !requests.rules.isEmpty { draft.policies.append(requests) }
        let connections = self.connections(&draft.remarks)
        if !connections.rules.isEmpty { draft.policies.append(connections) }
        return draft
    }

    // MARK: Requests

    private func requests(_ remarks: inout [String]) -> ImportDraft.PolicyDraft {
        var policy = ImportDraft.PolicyDraft(name: "nginx")
        var descriptor: [(key: String, value: String)] = []
        var statuses: [String] = []
        for zone in zones {
            guard let rate = zone.rate else { continue }
            let applied = places.all.map { place in place.limits.requests.first { $0.zone == zone.name } }
            guard applied.contains(where: { $0 != nil }) else {
                remarks.append("The zone \(zone.name.quoted) is used nowhere.")
                continue
            }
            let key = NginxKey(zone.key, maps: maps)
            guard key.unknown == nil else {
                remarks.append(leftOut(zone, key))
                continue
            }
            let limits = applied.map { $0.map { Self.limit(rate, $0) } }
            var spread = NginxSpread(zone.name, by: key.keys, places.all, limits)
            if applied.contains(where: { $0?.isDryRun == true }) { spread.rule.mode = .shadow }
            let isMixed = Set(applied.compactMap { $0?.isDryRun }).count > 1
            if isMixed { spread.remarks.append("limit_req_dry_run is on in some places only; here in all of them.") }
            spread.remarks += Self.waiting(applied.compactMap { $0 })
            policy.rules.append(.init(rule: spread.rule, remarks: key.remarks + spread.remarks))
            for value in key.values + spread.values where !descriptor.contains(where: { $0.key == value.key }) {
                descriptor.append(value)
            }
            statuses += places.all.filter { !$0.limits.requests.isEmpty }.map(\.limits.status)
        }
        policy.remarks = Self.statusRemarks(statuses)
        policy.authorize = .init(denialStatus: 403, descriptor: descriptor)
        return policy
    }

    /// nginx counts what exceeds the rate, and the first request exceeds nothing: with a burst of 10 there pass 11.
    private static func limit(_ rate: (count: Int64, seconds: Int64), _ limit: NginxRequestLimit) -> Limit {
        .tokenBucket(rate.count, per: .seconds(rate.seconds), burst: limit.burst + 1)
    }

    private static func waiting(_ limits: [NginxRequestLimit]) -> [String] {
        guard limits.contains(where: { $0.burst > $0.delay }) else { return [] }
        return [
            "nginx lets requests of the burst wait, so that they reach the application at the rate; a check has no "
                + "equal: they pass at once, as with 'nodelay'."
        ]
    }

    private static func statusRemarks(_ statuses: [String]) -> [String] {
        let all = Set(statuses).sorted().joined(separator: ", ")
        return [
            "nginx takes only 401 and 403 of an auth_request for a denial, so it is 403 here; the client's status "
                + "(limit_req_status \(all)) is made of it by error_page, as docs/nginx.md shows."
        ]
    }

    private func leftOut(_ zone: NginxZone, _ key: NginxKey) -> String {
        let reason = "$\(key.unknown ?? "") has no equal in a descriptor"
        let shown = key.remarks.isEmpty ? "" : "\n" + key.remarks.joined(separator: "\n")
        return "The zone \(zone.name.quoted) (line \(zone.position.line)) is left out: \(reason).\(shown)"
    }

    // MARK: Connections

    private func connections(_ remarks: inout [String]) -> ImportDraft.PolicyDraft {
        var policy = ImportDraft.PolicyDraft(
            name: "nginx-connections",
            remarks: [
                "limit_conn: requests in progress. An auth_request cannot hold a slot; whoever does the work takes a "
                    + "lease before it and releases it after (POST and DELETE /v1/leases)."
            ])
        for zone in zones where zone.rate == nil {
            let applied = places.all.map { place in place.limits.connections.first { $0.zone == zone.name } }
            guard applied.contains(where: { $0 != nil }) else {
                remarks.append("The zone \(zone.name.quoted) is used nowhere.")
                continue
            }
            let key = NginxKey(zone.key, maps: maps)
            guard key.unknown == nil else {
                remarks.append(leftOut(zone, key))
                continue
            }
            let limits = applied.map { $0.map { Limit.concurrency($0.count) } }
            var spread = NginxSpread(zone.name, by: key.keys, places.all, limits)
            if applied.contains(where: { $0?.isDryRun == true }) { spread.rule.mode = .shadow }
            policy.rules.append(.init(rule: spread.rule, remarks: key.remarks + spread.remarks))
        }
        return policy
    }
}
