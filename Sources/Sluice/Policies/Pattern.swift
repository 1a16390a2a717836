/// What a value must look like: an exact string, a string with `*` for any run of bytes, or a network.
///
/// `10.0.0.0/8` and `2001:db8::/32` match every address within; `*` matches every value.
public struct Pattern: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The pattern as written.
    public let text: String
    let kind: Kind

    enum Kind: Hashable, Sendable {
        case exact([UInt8])
        /// The parts between the asterisks, the first and last anchored.
        case wildcard([[UInt8]])
        case network(IPNetwork)
    }

    /// A pattern as it stands in a policy file.
    public init(_ text: String) {
        self.text = text
        if let network = IPNetwork(text) {
            kind = .network(network)
        } else if text.utf8.contains(UInt8(ascii: "*")) {
            let parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
            kind = .wildcard(parts.map { Array($0) })
        } else {
            kind = .exact(Array(text.utf8))
        }
    }

    public init(stringLiteral text: String) { self.init(text) }

    public var description: String { text }

    /// Whether a value matches.
    public func matches(_ value: String) -> Bool {
        var value = value
        return value.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }

    /// Whether bytes match. Never backtracks: O(value × pattern) at the worst.
    package func matches(_ value: UnsafeRawBufferPointer) -> Bool {
        switch kind {
        case .exact(let bytes): value.count == bytes.count && value.elementsEqual(bytes)
        case .wildcard(let parts): Self.matches(value, parts)
        case .network(let network): network.contains(value)
        }
    }

    private static func matches(_ value: UnsafeRawBufferPointer, _ parts: [[UInt8]]) -> Bool {
        let first = parts[0]
        let last = parts[parts.count - 1]
        guard value.count >= first.count + last.count, value.starts(with: first),
            value.suffix(last.count).elementsEqual(last)
        else { return false }
        var position = first.count
        let end = value.count - last.count
        // The leftmost place for each part leaves the most room for the next one.
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            while true {
                guard position + part.count <= end else { return false }
                if value[position..<position + part.count].elementsEqual(part) { break }
                position += 1
            }
            position += part.count
        }
        return true
    }
}

/// What several values of a descriptor must look like, all of them at once.
public struct Condition: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// One key and the patterns of which one must match its value.
    public struct Term: Hashable, Sendable {
        /// Whose value is looked at.
        public var key: DescriptorKey
        /// The patterns, any of which may match.
        public var patterns: [Pattern]

        /// The value of `key` must match one of `patterns`.
        public init(_ key: DescriptorKey, _ patterns: [Pattern]) {
            self.key = key
            self.patterns = patterns
        }
    }

    /// The terms; a descriptor that lacks a term's key does not meet the condition.
    public var terms: [Term]

    /// A condition of these terms.
    public init(_ terms: [Term] = []) { self.terms = terms }

    public init(dictionaryLiteral elements: (DescriptorKey, Pattern)...) {
        terms = elements.map { Term($0.0, [$0.1]) }
    }
}
