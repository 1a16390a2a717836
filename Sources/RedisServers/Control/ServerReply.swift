/// What a server answers to a control command, as RESP2 has it.
package enum ServerReply: Sendable, Equatable, CustomStringConvertible {
    case text(String)
    case number(Int)
    case list([ServerReply])
    case nothing
    case failure(String)

    /// The text, also that of a number.
    package var text: String? {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        default: nil
        }
    }

    /// The number, also one that came as text.
    package var number: Int? { text.flatMap(Int.init) }

    /// The parts of a list; none of anything else.
    package var list: [ServerReply] {
        if case .list(let parts) = self { parts } else { [] }
    }

    /// The value that follows a name in a list of names and values.
    package subscript(name: String) -> ServerReply? {
        let parts = list
        guard let index = parts.firstIndex(of: .text(name)), index + 1 < parts.count else { return nil }
        return parts[index + 1]
    }

    package var description: String {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        case .list(let parts): "[\(parts.map(\.description).joined(separator: ", "))]"
        case .nothing: "(nil)"
        case .failure(let message): "(error) \(message)"
        }
    }

    /// Reads one reply from the front of what has arrived, or nothing if it is not complete yet.
    static func read(from bytes: inout ArraySlice<UInt8>) -> ServerReply? {
        var rest = bytes
        guard let kind = rest.popFirst(), let line = readLine(from: &rest) else { return nil }
        let reply: ServerReply
        switch kind {
        case UInt8(ascii: "+"): reply = .text(line)
        case UInt8(ascii: "-"): reply = .failure(line)
        case UInt8(ascii: ":"): reply = .number(Int(line) ?? 0)
        case UInt8(ascii: "$"):
            guard let count = Int(line), count >= 0 else {
                reply = .nothing
                break
            }
            guard rest.count >= count + 2 else { return nil }
            reply = .text(String(decoding: rest.prefix(count), as: UTF8.self))
            rest = rest.dropFirst(count + 2)
        default:
            guard let count = Int(line), count >= 0 else {
                reply = .nothing
                break
            }
            var parts: [ServerReply] = []
            for _ in 0..<count {
                guard let part = read(from: &rest) else { return nil }
                parts.append(part)
            }
            reply = .list(parts)
        }
        bytes = rest
        return reply
    }

    private static func readLine(from bytes: inout ArraySlice<UInt8>) -> String? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\r")), bytes.endIndex - end >= 2
        else { return nil }
        let line = String(decoding: bytes[..<end], as: UTF8.self)
        bytes = bytes[end...].dropFirst(2)
        return line
    }
}
