import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A client's end of a connection, with nothing between the test and the socket.
final class RawConnection: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let descriptor: Int32

    /// - Parameter receiveBuffer: A small one makes the server wait soon when the test does not read.
    init(_ address: SocketAddress, receiveBuffer: Int32? = nil) throws {
        #if canImport(Darwin)
        let stream = SOCK_STREAM
        #else
        // No program that another test starts meanwhile keeps it open.
        let stream = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        #endif
        descriptor = socket(address.pathname == nil ? AF_INET : AF_UNIX, stream, 0)
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        // Only a server that does not answer at all is waited for so long.
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let result = address.withSockAddr { connect(descriptor, $0, socklen_t($1)) }
        guard result == 0 else { throw Failure(description: "connect: errno \(errno)") }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + sent, $0.count - sent) }
            guard count > 0 else { throw Failure(description: "write: errno \(errno)") }
            sent += count
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends as much as the other side takes at once, up to all of `bytes`, and returns how much that was.
    func sendWithoutWaiting(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                #if canImport(Darwin)
                Darwin.send(descriptor, $0.baseAddress! + sent, $0.count - sent, MSG_DONTWAIT)
                #elseif canImport(Musl)
                Musl.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_DONTWAIT))
                #else
                Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_DONTWAIT))
                #endif
            }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    /// Reads exactly so many bytes.
    func receive(_ count: Int) throws -> String {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let more = try receiveSome(count - bytes.count) else {
                throw Failure(description: "closed after \(String(decoding: bytes, as: UTF8.self))")
            }
            bytes += more
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads a line, without its end.
    func line() throws -> String {
        var bytes: [UInt8] = []
        while !bytes.suffix(2).elementsEqual([0x0d, 0x0a]) {
            guard let more = try receiveSome(1) else {
                throw Failure(description: "closed after \(String(decoding: bytes, as: UTF8.self))")
            }
            bytes += more
        }
        return String(decoding: bytes.dropLast(2), as: UTF8.self)
    }

    /// Reads until the other side closes.
    func receiveAll() throws -> String {
        var bytes: [UInt8] = []
        while let more = try receiveSome(1 << 16) { bytes += more }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Sends a request and expects a reply.
    func ask(_ request: String, _ reply: String) throws {
        try send(request)
        let answer = try receive(reply.utf8.count)
        guard answer == reply else { throw Failure(description: "'\(request)' gave '\(answer)', not '\(reply)'") }
    }

    /// Says that nothing more will be sent.
    func endOutput() { shutdown(descriptor, Int32(SHUT_WR)) }

    private func receiveSome(_ most: Int) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: most)
        let count = read(descriptor, &bytes, most)
        guard count >= 0 else { throw Failure(description: "read: errno \(errno)") }
        return count == 0 ? nil : Array(bytes[..<count])
    }
}
