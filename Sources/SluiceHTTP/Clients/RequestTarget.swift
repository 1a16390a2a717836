/// The target of a request, `/path?query`, as rules should see it.
package struct RequestTarget: Hashable, Sendable {
    /// The path, with what is percent-encoded decoded once, `.` and `..` resolved and no slash twice, as servers behind
    /// a proxy take it: whoever is limited at `/login` is limited at `//%6cogin`, too.
    package let path: String
    private let query: Substring

    package init(_ target: String) {
        var target = Substring(target)
        // The absolute form has scheme and host before it (RFC 9112, section 3.2.2).
        if !target.hasPrefix("/"), let scheme = target.firstRange(of: "://") {
            target = target[scheme.upperBound...]
            target = target.firstIndex(of: "/").map { target[$0...] } ?? "/"
        }
        target = target.prefix { $0 != "#" }
        let mark = target.firstIndex(of: "?")
        path = Self.normalized(target[..<(mark ?? target.endIndex)])
        query = mark.map { target[target.index(after: $0)...] } ?? Substring()
    }

    /// The first value of a parameter of the query, decoded.
    package func parameter(_ name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    /// The parameters of the query in their order, decoded.
    package var parameters: [(name: String, value: String)] {
        query.split(separator: "&").map { pair in
            let equals = pair.firstIndex(of: "=") ?? pair.endIndex
            let value = equals == pair.endIndex ? Substring() : pair[pair.index(after: equals)...]
            return (Self.decoded(pair[..<equals], plusIsSpace: true), Self.decoded(value, plusIsSpace: true))
        }
    }

    private static func normalized(_ path: Substring) -> String {
        var segments: [Substring] = []
        let decoded = decoded(path, plusIsSpace: false)
        for segment in decoded.split(separator: "/") {
            switch segment {
            case ".": break
            case "..": _ = segments.popLast()
            default: segments.append(segment)
            }
        }
        let isFolder = decoded.hasSuffix("/") || decoded.hasSuffix("/.") || decoded.hasSuffix("/..")
        return "/" + segments.joined(separator: "/") + (isFolder && !segments.isEmpty ? "/" : "")
    }

    /// A text without percent-encoding; what is not valid UTF-8 becomes U+FFFD, what is no encoding stays.
    private static func decoded(_ text: Substring, plusIsSpace: Bool) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = rest.first?.hexDigit, let low = rest.dropFirst().first?.hexDigit {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
