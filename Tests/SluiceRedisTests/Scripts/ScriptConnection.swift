import NIOCore
import RedisServers
import Sluice
import Synchronization

@testable import SluiceRedis

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A connection that waits for each answer: all that a test of the script needs.
final class ScriptConnection: Sendable {
    struct Failure: Error {
        var message: String
    }

    private let socket: Mutex<Int32>

    init(port: Int) throws {
        #if canImport(Glibc)
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let descriptor = Darwin.socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(message: "no connection to port \(port): errno \(errno)") }
        socket = Mutex(descriptor)
    }

    deinit { socket.withLock { _ = close($0) } }

    /// Sends a request and returns what the one bulk reply holds.
    func call(_ request: ByteBuffer) throws -> ByteBuffer {
        try socket.withLock { socket in
            try Self.send(request, to: socket)
            var reply = ByteBuffer()
            while true {
                try Self.receive(into: &reply, from: socket)
                if let bulk = try Self.bulk(reply) { return bulk }
            }
        }
    }

    private static func send(_ request: ByteBuffer, to socket: Int32) throws {
        try request.withUnsafeReadableBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = write(socket, bytes.baseAddress! + sent, bytes.count - sent)
                guard count > 0 else { throw Failure(message: "the connection is closed") }
                sent += count
            }
        }
    }

    private static func receive(into reply: inout ByteBuffer, from socket: Int32) throws {
        let count = try reply.writeWithUnsafeMutableBytes(minimumWritableBytes: 16_384) { bytes in
            let count = read(socket, bytes.baseAddress!, bytes.count)
            guard count > 0 else { throw Failure(message: "the connection is closed") }
            return count
        }
        precondition(count > 0)
    }

    /// What a complete bulk reply holds; `nil` while it is incomplete.
    private static func bulk(_ reply: ByteBuffer) throws -> ByteBuffer? {
        guard let end = reply.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = String(decoding: reply.readableBytesView[..<(end - 1)], as: UTF8.self)
        guard line.first == "$", let length = Int(line.dropFirst()) else { throw Failure(message: line) }
        guard reply.readableBytes >= end + 1 + length + 2 else { return nil }
        return reply.getSlice(at: end + 1, length: length)
    }
}
