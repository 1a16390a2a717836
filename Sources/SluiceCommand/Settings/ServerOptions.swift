import ArgumentParser
import SluiceServer

/// The options that say what a server serves, where and how.
struct ServerOptions: SettingOptions {
    @Option(help: .setting(.config), completion: .setting(.config))
    var config: String?

    @Option(help: .setting(.envoyConfig), completion: .setting(.envoyConfig))
    var envoyConfig: String?

    @Option(help: .setting(.http))
    var http: String?

    @Option(help: .setting(.grpc))
    var grpc: String?

    @Option(help: .setting(.resp))
    var resp: String?

    @Option(help: .setting(.threads))
    var threads: String?

    @Option(help: .setting(.snapshot), completion: .setting(.snapshot))
    var snapshot: String?

    @Option(help: .setting(.capacity))
    var capacity: String?

    @Flag(inversion: .prefixedNo, help: .setting(.admin))
    var admin: Bool?
    @Flag(inversion: .prefixedNo, help: .setting(.showCallers))
    var showCallers: Bool?

    @Option(help: .setting(.logLevel), completion: .setting(.logLevel))
    var logLevel: String?

    @Option(help: .setting(.logFormat), completion: .setting(.logFormat))
    var logFormat: String?

    @Option(help: .setting(.otlpEndpoint))
    var otlpEndpoint: String?

    @Option(help: .setting(.traceRatio))
    var traceRatio: String?

    var said: [(setting: Setting, text: String?)] {
        [
            (.config, config), (.envoyConfig, envoyConfig), (.http, http), (.grpc, grpc), (.resp, resp),
            (.threads, threads), (.snapshot, snapshot), (.capacity, capacity), (.admin, admin.map { "\($0)" }),
            (.showCallers, showCallers.map { "\($0)" }),
            (.logLevel, logLevel), (.logFormat, logFormat), (.otlpEndpoint, otlpEndpoint), (.traceRatio, traceRatio),
        ]
    }
}

/// The options that say what proxies are trusted.
struct ProxyOptions: SettingOptions {
    @Option(help: .setting(.trustedProxies))
    var trustedProxies: String?

    @Option(help: .setting(.forwardedHeader), completion: .setting(.forwardedHeader))
    var forwardedHeader: String?

    @Option(help: .setting(.ipv6Prefix))
    var ipv6Prefix: String?

    var said: [(setting: Setting, text: String?)] {
        [(.trustedProxies, trustedProxies), (.forwardedHeader, forwardedHeader), (.ipv6Prefix, ipv6Prefix)]
    }
}
