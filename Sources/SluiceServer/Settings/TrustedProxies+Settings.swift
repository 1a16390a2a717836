package import SluiceHTTP

extension TrustedProxies {
    /// The proxies of the settings.
    /// - Parameter value: What is said of a setting, which is good; `nil` for its default.
    package init(_ value: (Setting) -> String?) {
        self = value(.trustedProxies).flatMap { try? SettingKind.networks($0) } ?? .loopback
        if let header = value(.forwardedHeader).flatMap(ForwardedHeader.init(rawValue:)) { self.header = header }
        if let length = value(.ipv6Prefix).flatMap({ Int($0) }) { ipv6PrefixLength = length }
    }
}
