package import Sluice

/// The header field in which proxies say for whom they ask.
///
/// Only one is read. A client can send the other, and a proxy that does not know it hands it on as it came.
public enum ForwardedHeader: String, CaseIterable, Sendable {
    /// `X-Forwarded-For: client, proxy`, which most proxies append to.
    case xForwardedFor = "x-forwarded-for"
    /// `Forwarded: for=client;proto=https, for=proxy` (RFC 7239).
    case forwarded
    /// `X-Real-IP: client`, which a proxy sets.
    case xRealIP = "x-real-ip"

    /// The hops that the lines of this field name, the nearest last; `nil` for one that is not an address.
    package func hops(_ lines: some Sequence<Substring>) -> [IPAddress?] {
        var hops: [IPAddress?] = []
        for line in lines {
            for element in line.split(separator: ",", omittingEmptySubsequences: false) {
                let word = self == .forwarded ? Self.parameter("for", of: element) : element.trimmed
                guard hops.count < Self.maximumHops else { return hops }
                hops.append(word.flatMap { Self.address($0) })
            }
        }
        return hops
    }

    /// A chain that is longer is not from proxies.
    private static let maximumHops = 64

    /// The value of a parameter in one element of `Forwarded`, unquoted.
    private static func parameter(_ name: String, of element: Substring) -> Substring? {
        for pair in element.split(separator: ";") {
            guard let equals = pair.firstIndex(of: "="), pair[..<equals].trimmed.lowercased() == name else { continue }
            let value = pair[pair.index(after: equals)...].trimmed
            guard value.hasPrefix("\""), value.hasSuffix("\""), value.count >= 2 else { return value }
            return value.dropFirst().dropLast()
        }
        return nil
    }

    /// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
    private static func address(_ word: Substring) -> IPAddress? {
        if word.hasPrefix("[") {
            guard let end = word.firstIndex(of: "]") else { return nil }
            return IPAddress(String(word[word.index(after: word.startIndex)..<end]))
        }
        if let address = IPAddress(String(word)) { return address }
        guard let colon = word.firstIndex(of: ":"), word[word.index(after: colon)...].allSatisfy(\.isWholeNumber)
        else { return nil }
        return IPAddress(String(word[..<colon]))
    }
}

extension Substring {
    /// Without spaces and tabs at both ends.
    fileprivate var trimmed: Substring {
        guard let first = firstIndex(where: { $0 != " " && $0 != "\t" }),
            let last = lastIndex(where: { $0 != " " && $0 != "\t" })
        else { return Substring() }
        return self[first...last]
    }
}
