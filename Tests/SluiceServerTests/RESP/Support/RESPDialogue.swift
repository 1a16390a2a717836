import NIOCore

/// A client's end of a connection that speaks in words and hears replies.
final class RESPDialogue: Sendable {
    let connection: RawConnection

    init(_ address: SocketAddress) throws { connection = try RawConnection(address) }

    /// What a server replies.
    enum Reply: Equatable, CustomStringConvertible {
        case integer(Int64)
        case text(String)
        case failure(String)
        case null
        case array([Reply])

        /// The integers of an array, and whatever else it holds left out.
        var integers: [Int64] {
            guard case .array(let parts) = self else { return [] }
            return parts.compactMap { if case .integer(let value) = $0 { value } else { nil } }
        }

        var text: String? { if case .text(let text) = self { text } else { nil } }

        var description: String {
            switch self {
            case .integer(let value): "\(value)"
            case .text(let text): text
            case .failure(let message): "-\(message)"
            case .null: "nil"
            case .array(let parts): "[\(parts.map(\.description).joined(separator: " "))]"
            }
        }
    }

    /// Sends a request, its words parted by spaces, and returns its reply.
    func ask(_ request: String) throws -> Reply {
        try send([request])
        return try reply()
    }

    /// Sends requests in one piece.
    func send(_ requests: [String]) throws {
        try connection.send(requests.flatMap { RESPBytes.request($0.split(separator: " ").map(String.init)) })
    }

    /// The next reply.
    func reply() throws -> Reply {
        let line = try connection.line()
        let rest = String(line.dropFirst())
        switch line.first {
        case ":": return .integer(Int64(rest) ?? 0)
        case "+": return .text(rest)
        case "-": return .failure(rest)
        case "_": return .null
        case "$", "=":
            guard let count = Int(rest), count >= 0 else { return .null }
            return .text(String(try connection.receive(count + 2).dropLast(1)))
        default:
            guard let count = Int(rest), count >= 0 else { return .null }
            return .array(try (0..<(line.first == "%" ? 2 * count : count)).map { _ in try reply() })
        }
    }

    /// As many replies as there were requests.
    func replies(_ count: Int) throws -> [Reply] { try (0..<count).map { _ in try reply() } }
}
