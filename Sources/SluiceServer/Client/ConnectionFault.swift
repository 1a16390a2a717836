import NIOCore
import NIOPosix

#if TLS
import NIOSSL
#endif
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Why a server could not be asked, for people.
enum ConnectionFault {
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { reason($0.error) } ?? "its name is not known"
        #if TLS
        case NIOSSLError.handshakeFailed(let cause):
            "its certificate is not trusted: name its authority with --ca-file; \(cause)"
        #endif
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case is ChannelError: "it closed the connection, or took too long"
        default: "\(error)"
        }
    }
}
