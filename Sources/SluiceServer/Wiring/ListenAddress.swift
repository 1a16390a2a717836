import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Where a transport listens: `HOST:PORT` or `unix:PATH`.
public enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// A host name or address and a port; port 0 takes a free one.
    case tcp(host: String, port: Int)
    /// The path of a Unix domain socket.
    case unix(path: String)

    /// Reads an address as the command line gives it: `127.0.0.1:8080`, `[::1]:8080`, `:8080` for the loopback,
    /// `unix:/run/sluice.sock`; `off` gives `nil`.
    public static func parse(_ text: String) throws(ServerError) -> ListenAddress? {
        if text == "off" { return nil }
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            // The path must fit into `sockaddr_un`, with its final zero.
            guard !path.isEmpty, path.utf8.count < 104 else {
                throw ServerError(.invalidAddress, "'\(text)' needs a path of 1 to 103 bytes after 'unix:'.")
            }
            return .unix(path: path)
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw ServerError(
                .invalidAddress,
                "'\(text)' is not an address: write HOST:PORT, such as 127.0.0.1:8080, unix:PATH or off.")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            throw ServerError(.invalidAddress, "'\(text)' is ambiguous: write an IPv6 address as [\(host)]:\(port).")
        }
        return .tcp(host: host.isEmpty ? "127.0.0.1" : host, port: Int(port))
    }

    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// The same address with the port that was in fact taken.
    func bound(_ socket: SocketAddress?) -> ListenAddress { bound(toPort: socket?.port) }

    /// The same address with the port that was in fact taken.
    func bound(toPort taken: Int?) -> ListenAddress {
        switch self {
        case .tcp(let host, let port): .tcp(host: host, port: taken ?? port)
        case .unix: self
        }
    }

    /// Removes the file of a Unix domain socket that nobody listens on any more.
    func removeSocketFile() {
        if case .unix(let path) = self { unlink(path) }
    }
}
