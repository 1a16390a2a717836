/// What this build is.
public enum BuildInformation {
    /// The version, by semver.org.
    public static let version = "0.1.0"

    /// The version and how it was built: `0.1.0 (release, Linux x86_64, with TLS)`.
    public static var summary: String {
        #if DEBUG
        let mode = "debug"
        #else
        let mode = "release"
        #endif
        #if os(Linux)
        let system = "Linux"
        #elseif os(macOS)
        let system = "macOS"
        #else
        let system = "another system"
        #endif
        #if arch(x86_64)
        let processor = "x86_64"
        #elseif arch(arm64)
        let processor = "arm64"
        #else
        let processor = "another processor"
        #endif
        #if TLS
        let tls = "with TLS"
        #else
        let tls = "without TLS"
        #endif
        return "\(version) (\(mode), \(system) \(processor), \(tls))"
    }
}
