import HTTPTypes
import Sluice
import SluiceHTTP
import SluicePolicies

/// Reads the `server:` of a file and collects everything that is wrong with it.
struct ServerSettingsReader {
    let values: PolicyFileReader

    private var log: DiagnosticLog { values.log }

    /// - Parameter policies: The names of the file's policies.
    func settings(_ node: YAMLNode, policies: [String]) -> ServerSettings {
        var settings = ServerSettings()
        let known = ["trusted-proxies", "forwarded-header", "ipv6-prefix", "authorize"]
        guard let fields = Fields(node, of: "'server'", known: known, log) else { return settings }
        if let node = fields["trusted-proxies"] { settings.trustedProxies = trustedProxies(node) }
        if let node = fields["forwarded-header"],
            let header = values.word(node, "forwarded-header", of: ForwardedHeader.self)
        {
            settings.trustedProxies.header = header
        }
        if let node = fields["ipv6-prefix"], let length = number(node, "ipv6-prefix", 1...128) {
            settings.trustedProxies.ipv6PrefixLength = length
        }
        if let node = fields["authorize"] { settings.authorize = authorize(node, policies) }
        return settings
    }

    private func trustedProxies(_ node: YAMLNode) -> TrustedProxies {
        for text in values.texts(node, "an address or a network such as 10.0.0.0/8") {
            do {
                _ = try TrustedProxies([text.text])
            } catch {
                log.report("\(error)", at: text.position)
            }
        }
        let networks = node.elements.compactMap(\.text)
        return (try? TrustedProxies(networks)) ?? .loopback
    }

    private func authorize(_ node: YAMLNode, _ policies: [String]) -> [String: AuthorizeSettings] {
        guard case .map(let entries) = node.content else {
            log.report("expected a map of policies by name for 'authorize', found \(node.kind)", at: node.position)
            return [:]
        }
        var settings: [String: AuthorizeSettings] = [:]
        for entry in entries {
            if !policies.contains(entry.key) {
                let message = "there is no policy '\(entry.key)' in this file"
                log.report(message, at: entry.keyPosition, unknown: entry.key, among: policies)
            }
            settings[entry.key] = authorize(entry)
        }
        return settings
    }

    private func authorize(_ entry: YAMLNode.Entry) -> AuthorizeSettings {
        var settings = AuthorizeSettings()
        let subject = "'authorize' of policy '\(entry.key)'"
        guard let fields = Fields(entry.value, of: subject, known: ["descriptor", "deny-with"], log) else {
            return settings
        }
        if let node = fields["deny-with"], let status = number(node, "deny-with", 400...599) {
            settings.denialStatus = status
        }
        if let node = fields["descriptor"] { settings.descriptor = descriptor(node) }
        return settings
    }

    private func descriptor(_ node: YAMLNode) -> [(key: DescriptorKey, value: RequestValue)] {
        guard case .map(let entries) = node.content else {
            log.report(
                "expected a map such as {ip: client-address} for 'descriptor', found \(node.kind)", at: node.position)
            return []
        }
        if entries.count > Descriptor.maximumEntries {
            let message = "a descriptor has at most \(Descriptor.maximumEntries) entries, not \(entries.count)"
            log.report(message, at: node.position)
        }
        return entries.compactMap { entry in
            guard let key = values.descriptorKey(entry.key, at: entry.keyPosition),
                let value = requestValue(entry.value)
            else { return nil }
            return (key, value)
        }
    }

    private func requestValue(_ node: YAMLNode) -> RequestValue? {
        let forms = "client-address, method, path, host, 'header NAME' or 'query NAME'"
        return values.parsed(node, "one of \(forms)") { text throws(TextFault) in
            if let value = RequestValue(text) { return value }
            let word = String(text.prefix { $0 != " " })
            let nearest = NearestWord.suggestion(for: word, among: RequestValue.words)
            throw TextFault("a value is \(forms), not '\(text)'", suggesting: nearest == word ? nil : nearest)
        }
    }

    private func number(_ node: YAMLNode, _ key: String, _ range: ClosedRange<Int>) -> Int? {
        values.parsed(node, "a whole number for '\(key)'") { text throws(TextFault) in
            guard let number = Int(text), range.contains(number) else {
                throw TextFault("'\(key)' is from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
            }
            return number
        }
    }
}
