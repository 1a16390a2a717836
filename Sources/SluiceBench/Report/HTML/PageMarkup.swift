/// HTML and SVG as text, in which whatever a report says is escaped.
enum PageMarkup {
    /// Text between tags or in a quoted attribute. Control characters, which no page may hold, are left out.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n", "\t": escaped += " "
            case _ where character.properties.generalCategory == .control: continue
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// An element with escaped text.
    static func element(_ tag: String, _ text: String, _ attributes: String = "") -> String {
        "<\(tag)\(attributes.isEmpty ? "" : " " + attributes)>\(escape(text))</\(tag)>"
    }

    /// The first characters of a text that has too many for its place.
    static func shortened(_ text: String, to most: Int) -> String {
        text.count <= most ? text : text.prefix(max(1, most - 1)).drop { $0 == " " } + "…"
    }

    /// A coordinate with at most one decimal.
    static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        guard tenths % 10 != 0 else { return String(tenths / 10) }
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    static func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, tip: String
    ) -> String {
        "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\" "
            + "rx=\"1.5\" class=\"\(style)\">\(element("title", tip))</rect>"
    }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) -> String {
        "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" class=\"\(style)\"/>"
    }

    static func text(_ x: Double, _ y: Double, _ text: String, _ style: String) -> String {
        element("text", text, "x=\"\(number(x))\" y=\"\(number(y))\" class=\"\(style)\"")
    }

    /// An image whose size on the screen follows the page's, with words for those who do not see it.
    static func image(
        _ width: Double, _ height: Double, _ style: String, name: String, title: String, description: String,
        _ parts: [String]
    ) -> String {
        """
        <svg viewBox="0 0 \(number(width)) \(number(height))" class="\(style)" role="img" \
        aria-labelledby="\(name)-t \(name)-d">
        <title id="\(name)-t">\(escape(title))</title><desc id="\(name)-d">\(escape(description))</desc>
        \(parts.joined(separator: "\n"))
        </svg>
        """
    }
}
