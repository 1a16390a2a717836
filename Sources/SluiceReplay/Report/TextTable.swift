/// A table in columns that line up, for terminals.
struct TextTable {
    enum Alignment { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []
    private let indent = "  "

    init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    mutating func add(_ row: [String]) {
        precondition(row.count == columns.count)
        rows.append(row)
    }

    func lines(_ style: TerminalStyle) -> [String] {
        let widths = columns.indices.map { column in
            (rows.map { $0[column].count } + [columns[column].title.count]).max() ?? 0
        }
        let heading = style.dim(line(columns.map(\.title), widths))
        return [heading] + rows.map { line($0, widths) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = indent
        for column in columns.indices {
            let padding = String(repeating: " ", count: widths[column] - cells[column].count)
            text += columns[column].alignment == .left ? cells[column] + padding : padding + cells[column]
            text += "  "
        }
        while text.last == " " { text.removeLast() }
        return text
    }
}

/// Colours and weights, for terminals only.
struct TerminalStyle {
    let isColored: Bool

    func bold(_ text: String) -> String { wrap(text, "1") }
    func dim(_ text: String) -> String { wrap(text, "2") }
    func red(_ text: String) -> String { wrap(text, "31") }
    func yellow(_ text: String) -> String { wrap(text, "33") }

    private func wrap(_ text: String, _ code: String) -> String {
        isColored ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}
