/// Writes a document as JSON (RFC 8259), which YAML reads too.
enum JSONText {
    static func text(_ value: DocumentValue, indentation: Int = 0) -> String {
        switch value {
        case .text(let text), .word(let text): return quoted(text)
        case .number(let number): return "\(number)"
        case .boolean(let boolean): return "\(boolean)"
        case .list(let elements):
            return block("[", elements.map { text($0, indentation: indentation + 2) }, "]", indentation)
        case .map(let entries):
            let lines = entries.map { "\(quoted($0.key)): \(text($0.value, indentation: indentation + 2))" }
            return block("{", lines, "}", indentation)
        }
    }

    private static func block(_ open: String, _ lines: [String], _ close: String, _ indentation: Int) -> String {
        guard !lines.isEmpty else { return open + close }
        let margin = String(repeating: " ", count: indentation)
        return "\(open)\n" + lines.map { "\(margin)  \($0)" }.joined(separator: ",\n") + "\n\(margin)\(close)"
    }

    /// A string in double quotes; everything that JSON or YAML would not take as it stands is escaped.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where isEscaped(scalar):
                let code = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: max(0, 4 - code.count)) + code
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// Controls, what ends a line in YAML, the byte order mark, and the two that YAML does not admit at all.
    private static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1f, 0x7f...0x9f, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff: true
        default: false
        }
    }
}
