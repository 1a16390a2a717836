import Sluice
import SluiceServer

/// The two lines that a newcomer can copy once the server runs.
struct WhatToTry {
    let policies: [Policy]
    let addresses: ServerAddresses
    let isSample: Bool
    /// Whether connections are encrypted, and whether only users are answered: both are for the reader to fill in.
    let (isEncrypted, asksForUsers): (Bool, Bool)

    var text: String {
        let beginning =
            isSample
            ? "Serving the sample policies (\(names)); --config FILE serves your own." : "Serving \(names)."
        let lines = [curl, redis].compactMap { $0 }
        return ([lines.isEmpty ? beginning : "\(beginning) Try:"] + lines.map { "  \($0)" }).joined(separator: "\n")
    }

    private var names: String { policies.map(\.name).joined(separator: ", ") }

    /// A value for each key that the first rule of the first policy counts by.
    private var values: [(key: String, value: String)] {
        let keys = policies.first?.rules.first { !$0.keys.isEmpty }?.keys ?? []
        return keys.map { ($0.name, $0 == .ip ? "192.0.2.7" : "42") }
    }

    private var curl: String? {
        guard let policy = policies.first, let address = addresses.http else { return nil }
        let descriptor = values.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",")
        let body = "{\"policy\":\"\(policy.name)\",\"descriptor\":{\(descriptor)}}"
        let scheme = isEncrypted ? "--cacert CA.PEM https" : "http"
        let user = asksForUsers ? " -u USER:TOKEN" : ""
        return switch address {
        case .tcp: "curl -i\(user) \(scheme)://\(address)/v1/check -d '\(body)'"
        case .unix(let path): "curl -i\(user) --unix-socket \(path) \(scheme)://localhost/v1/check -d '\(body)'"
        }
    }

    private var redis: String? {
        guard let policy = policies.first, let address = addresses.resp else { return nil }
        let words = values.map { "\($0.key) \($0.value)" }.joined(separator: " ")
        let target =
            switch address {
            case .tcp(let host, let port): host == "127.0.0.1" ? "-p \(port)" : "-h \(host) -p \(port)"
            case .unix(let path): "-s \(path)"
            }
        let more = (isEncrypted ? "--tls --cacert CA.PEM " : "") + (asksForUsers ? "--user USER --askpass " : "")
        return "redis-cli \(target) \(more)SLUICE.CHECK \(policy.name) 1 \(words)"
    }
}
