import Foundation
import Testing

/// A server's answer, cut out of the bytes it came in.
struct HTTPReply {
    var status: Int
    var fields: [(name: String, value: String)]
    var body: String

    /// The value of a field, or `nil`; names ignore case.
    subscript(_ name: String) -> String? {
        let values = fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The body as a JSON object.
    var json: [String: Any] {
        get throws {
            let value = try JSONSerialization.jsonObject(with: Data(body.utf8))
            return try #require(value as? [String: Any])
        }
    }

    /// Takes the first whole answer out of `bytes`, or nothing when it has not all come.
    static func take(from bytes: inout [UInt8], hasBody: Bool = true) throws -> HTTPReply? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ", maxSplits: 2)
        var reply = HTTPReply(status: try #require(Int(words[1])), fields: [], body: "")
        for line in lines.dropFirst() {
            let colon = try #require(line.firstIndex(of: ":"))
            reply.fields.append(
                (String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)))
        }
        var rest = Array(bytes[end.upperBound...])
        let isEmpty = !hasBody || reply.status < 200 || reply.status == 204
        if !isEmpty, reply["Transfer-Encoding"] == "chunked" {
            guard let body = try takeChunks(from: &rest) else { return nil }
            reply.body = body
        } else if !isEmpty, let length = reply["Content-Length"].flatMap({ Int($0) }) {
            guard rest.count >= length else { return nil }
            reply.body = String(decoding: rest[..<length], as: UTF8.self)
            rest.removeFirst(length)
        }
        bytes = rest
        return reply
    }

    private static func takeChunks(from bytes: inout [UInt8]) throws -> String? {
        var rest = bytes[...]
        var body: [UInt8] = []
        while let end = rest.firstRange(of: Array("\r\n".utf8)) {
            let size = try #require(Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16))
            rest = rest[end.upperBound...]
            guard rest.count >= size + 2 else { return nil }
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
            if size == 0 {
                bytes = Array(rest)
                return String(decoding: body, as: UTF8.self)
            }
        }
        return nil
    }
}
