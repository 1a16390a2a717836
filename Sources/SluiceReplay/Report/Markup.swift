/// HTML and SVG as text, in which whatever comes from a log is escaped.
enum Markup {
    /// Text between tags or in a quoted attribute.
    static func escape(_ text: String, atMost length: Int = .max) -> String {
        var escaped = ""
        for character in VisibleText.of(text, atMost: length).unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// Text in which a number and its per cent sign stay on one line.
    static func sentence(_ text: String) -> String { escape(text).replacing(" %", with: "\u{a0}%") }

    /// A coordinate with at most one decimal.
    static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0
            ? String(tenths / 10) : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    static func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, title: String = ""
    ) -> String {
        let tip = title.isEmpty ? "" : "<title>\(escape(title))</title>"
        return "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\" "
            + "class=\"\(style)\">\(tip)</rect>"
    }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) -> String {
        "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" class=\"\(style)\"/>"
    }

    static func text(_ x: Double, _ y: Double, _ text: String, _ style: String) -> String {
        "<text x=\"\(number(x))\" y=\"\(number(y))\" class=\"\(style)\">\(escape(text))</text>"
    }

    /// An image whose size on the screen follows the page's, with words for those who do not see it.
    static func svg(_ width: Double, _ height: Double, _ style: String, label: String, _ parts: [String]) -> String {
        "<svg viewBox=\"0 0 \(number(width)) \(number(height))\" class=\"\(style)\" role=\"img\" "
            + "aria-label=\"\(escape(label))\">\n\(parts.joined(separator: "\n"))\n</svg>"
    }
}
