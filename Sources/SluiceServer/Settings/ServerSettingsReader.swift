import HTTPTypes
import Sluice
import SluiceHTTP
import SluicePolicies

/// Reads the `server:` of a file and collects everything that is wrong with it.
struct ServerSettingsReader {
    let values: PolicyFileReader

    private var log: DiagnosticLog { values.log }

    /// What the section says, and what of it is in force in every server.
    /// - Parameter policies: The names of the file's policies.
    func settings(_ node: YAMLNode, policies: [String]) -> (ServerSettings, given: [String: FileSetting]) {
        var settings = ServerSettings()
        var given: [String: FileSetting] = [:]
        guard let fields = Fields(node, of: "'server'", known: Setting.ofFile.map(\.key), log) else {
            return (settings, given)
        }
        for setting in Setting.ofFile {
            guard let node = fields[setting.key] else { continue }
            if case .policies = setting.kind {
                settings.authorize = authorize(node, policies)
                given[setting.key] = FileSetting(
                    text: settings.authorize.keys.sorted().joined(separator: ","), position: node.position)
            } else if let text = text(node, of: setting) {
                given[setting.key] = FileSetting(text: text, position: node.position)
            }
        }
        settings.trustedProxies = TrustedProxies { given[$0.key]?.text }
        return (settings, given)
    }

    /// A value that is good.
    private func text(_ node: YAMLNode, of setting: Setting) -> String? {
        switch setting.kind {
        case .flag: return values.boolean(node, setting.key).map { "\($0)" }
        case .networks:
            var isGood = true
            let networks = values.texts(node, "an address or a network such as 10.0.0.0/8")
            for network in networks {
                do throws(TextFault) { try setting.kind.check(network.text) } catch {
                    log.report(error, at: network.position)
                    isGood = false
                }
            }
            return isGood ? networks.map(\.text).joined(separator: ",") : nil
        default:
            return values.parsed(node, "a value for '\(setting.key)'") { text throws(TextFault) in
                try setting.kind.check(text)
                return text
            }
        }
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
