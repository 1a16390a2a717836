public import HTTPTypes
package import Sluice

/// A value of a descriptor, as a request has it.
public enum RequestValue: Hashable, Sendable {
    /// The address of the client, IPv6 by its network; see ``TrustedProxies``.
    case clientAddress
    /// The method, `GET`.
    case method
    /// The path without its query, decoded and without `..` or empty segments.
    case path
    /// The host, in small letters and without a port.
    case host
    /// A header field.
    case header(HTTPField.Name)
    /// A parameter of the query, decoded.
    case query(String)

    /// The words for the values that need no name.
    package static let words = ["client-address", "method", "path", "host", "header", "query"]

    /// Reads `client-address`, `method`, `path`, `host`, `header NAME` or `query NAME`; `nil` for anything else.
    package init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        switch (words.first, words.count) {
        case ("client-address", 1): self = .clientAddress
        case ("method", 1): self = .method
        case ("path", 1): self = .path
        case ("host", 1): self = .host
        case ("header", 2):
            guard let name = HTTPField.Name(String(words[1])) else { return nil }
            self = .header(name)
        case ("query", 2): self = .query(String(words[1]))
        default: return nil
        }
    }
}

extension Descriptor {
    /// The descriptor of a request; values that it does not have are left out.
    ///
    /// A value that is longer than a descriptor accepts counts by its first ``Descriptor/maximumBytes`` bytes: a long
    /// header field must not turn a request that may pass into an error, nor one that may not into another caller's.
    /// - Parameter keys: Those that are looked at; others are left out.
    package init(
        _ values: [(key: DescriptorKey, value: RequestValue)], of request: RequestView, for keys: Set<DescriptorKey>
    ) {
        self.init(
            values.lazy.filter { keys.contains($0.key) }.compactMap { key, value in
                request.value(value).map { (key, $0.prefix(utf8: Descriptor.maximumBytes)) }
            })
    }
}

extension String {
    /// As much of it as fits into so many bytes, without a character that is cut.
    package func prefix(utf8 count: Int) -> String {
        guard utf8.count > count else { return self }
        var end = utf8.index(startIndex, offsetBy: count)
        while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
