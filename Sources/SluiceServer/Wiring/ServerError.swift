import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Why a server does not start, with what to do about it.
public struct ServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public struct Code: Hashable, Sendable {
        private enum Base: Hashable, Sendable {
            case invalidAddress, cannotListen, nothingToServe, invalidTLS, unsupported
        }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// An address is not written as `HOST:PORT`, `unix:PATH` or `off`.
        public static let invalidAddress = Code(.invalidAddress)
        /// An address cannot be listened on.
        public static let cannotListen = Code(.cannotListen)
        /// Every transport is off.
        public static let nothingToServe = Code(.nothingToServe)
        /// The files for TLS cannot be used.
        public static let invalidTLS = Code(.invalidTLS)
        /// This build was made without what is asked for.
        public static let unsupported = Code(.unsupported)
    }

    /// What kind of fault it is.
    public var code: Code
    /// What is wrong and what to do.
    public var message: String

    /// Creates an error of a kind with a message that says what to do.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    /// The error of a transport that cannot listen on its address.
    init(listeningOn address: ListenAddress, option: String, _ error: IOError) {
        let remedy =
            switch error.errnoCode {
            case EADDRINUSE: "another process listens there; stop it, or take a free port with \(option) 127.0.0.1:0"
            case EACCES, EPERM:
                "this user may not; take a port above 1023, or a path that may be written, with \(option)"
            case EADDRNOTAVAIL: "this machine does not have that address; give one of its own with \(option)"
            default: "\(error.description); give another address with \(option)"
            }
        self.init(.cannotListen, "Cannot listen on \(address): \(remedy).")
    }
}
