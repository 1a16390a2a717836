/// Where a Redis server listens.
public enum NodeAddress: Hashable, Sendable, CustomStringConvertible {
    /// A host's name or address, without brackets, and a port.
    case tcp(host: String, port: Int)
    /// The path of a Unix socket.
    case unix(path: String)

    /// The port that Redis listens on unless it is told otherwise.
    public static let defaultPort = 6379
    /// The port that Sentinels listen on unless they are told otherwise.
    public static let defaultSentinelPort = 26_379

    /// A host and a port.
    public init(host: String, port: Int = NodeAddress.defaultPort) { self = .tcp(host: host, port: port) }

    /// The host's name or address; `nil` for a Unix socket.
    public var host: String? {
        guard case .tcp(let host, _) = self else { return nil }
        return host
    }

    /// The port; `nil` for a Unix socket.
    public var port: Int? {
        guard case .tcp(_, let port) = self else { return nil }
        return port
    }

    /// `host:port`, `[::1]:port` or `unix:path`.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
