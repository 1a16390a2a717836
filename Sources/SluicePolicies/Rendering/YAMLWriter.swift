/// Writes a document as YAML: maps and lists of maps as blocks, lists of words and small conditions in one line.
struct YAMLWriter {
    private(set) var text = ""

    mutating func write(_ value: DocumentValue) {
        if case .map(let entries) = value { write(entries, indentation: 0, afterDash: false) }
    }

    private mutating func write(
        _ entries: [(key: String, value: DocumentValue)], indentation: Int, afterDash: Bool
    ) {
        for (index, entry) in entries.enumerated() {
            if index > 0 || !afterDash { indent(indentation) }
            text += "\(Self.scalar(entry.key)):"
            write(entry.value, of: entry.key, indentation: indentation + 2)
        }
    }

    private mutating func write(_ value: DocumentValue, of key: String, indentation: Int) {
        switch value {
        case .map(let entries) where !entries.isEmpty && !Self.isInline(key):
            text += "\n"
            write(entries, indentation: indentation, afterDash: false)
        case .list(let elements) where elements.contains(where: \.isMap):
            text += "\n"
            for element in elements {
                indent(indentation)
                text += "- "
                if case .map(let entries) = element, !Self.isInline(key) {
                    write(entries, indentation: indentation + 2, afterDash: true)
                } else {
                    text += "\(Self.inline(element))\n"
                }
            }
        default: text += " \(Self.inline(value))\n"
        }
    }

    private mutating func indent(_ count: Int) { text += String(repeating: " ", count: count) }

    /// The keys whose values fit in one line.
    private static func isInline(_ key: String) -> Bool { ["when", "penalty", "allow", "deny"].contains(key) }

    /// A value in one line.
    static func inline(_ value: DocumentValue) -> String {
        switch value {
        case .text(let text): scalar(text)
        case .word(let word): word
        case .number(let number): "\(number)"
        case .boolean(let boolean): "\(boolean)"
        case .list(let elements): "[\(elements.map(inline).joined(separator: ", "))]"
        case .map(let entries):
            "{\(entries.map { "\(scalar($0.key)): \(inline($0.value))" }.joined(separator: ", "))}"
        }
    }

    /// Text in double quotes unless it cannot be taken for anything else, by any YAML reader and in any place.
    static func scalar(_ text: String) -> String {
        let reserved = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]
        let isWord = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"): true
            default: false
            }
        }
        let begins = text.utf8.first.map { (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) || $0 == 0x2f }
        guard isWord, begins == true, !reserved.contains(text.lowercased()) else { return JSONText.quoted(text) }
        return text
    }
}

extension DocumentValue {
    fileprivate var isMap: Bool {
        if case .map = self { true } else { false }
    }
}
