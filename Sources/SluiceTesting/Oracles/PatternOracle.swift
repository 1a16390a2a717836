/// Whether a value matches a pattern with asterisks, or an IPv4 address lies in a network; by recursion.
enum PatternOracle {
    static func matches(_ pattern: String, _ value: String) -> Bool {
        if let network = network(pattern) { return contains(network, value) }
        return matches(Array(pattern.utf8)[...], Array(value.utf8)[...])
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return value.isEmpty }
        if first == UInt8(ascii: "*") {
            return (value.startIndex...value.endIndex).contains { matches(pattern.dropFirst(), value[$0...]) }
        }
        return value.first == first && matches(pattern.dropFirst(), value.dropFirst())
    }

    /// The 32 bits of a dotted address, as text of zeros and ones.
    private static func bits(_ address: some StringProtocol) -> String? {
        let octets = address.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard octets.count == 4, !octets.contains(nil) else { return nil }
        return octets.map { octet in
            let digits = String(octet!, radix: 2)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private static func network(_ text: String) -> String? {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let length = Int(parts[1]), let bits = bits(parts[0]) else { return nil }
        return String(bits.prefix(length))
    }

    private static func contains(_ prefix: String, _ value: String) -> Bool {
        bits(value)?.hasPrefix(prefix) ?? false
    }
}
