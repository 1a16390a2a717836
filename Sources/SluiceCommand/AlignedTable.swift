/// Rows of cells under titles, for a terminal.
struct AlignedTable {
    var titles: [String]
    var rows: [[String]]

    /// The table; a column that would be empty is left out.
    func text(colors: Bool = false) -> String {
        let all = [titles] + rows
        let columns = titles.indices.filter { column in rows.contains { !$0[column].isEmpty } }
        let widths = columns.map { column in all.map { $0[column].count }.max() ?? 0 }
        var lines = all.map { Self.line(columns, widths, $0) }
        if colors { lines[0] = "\u{1b}[1m\(lines[0])\u{1b}[0m" }
        return lines.joined(separator: "\n")
    }

    private static func line(_ columns: [Int], _ widths: [Int], _ row: [String]) -> String {
        let cells = zip(columns, widths).map { column, width in
            row[column] + String(repeating: " ", count: width - row[column].count)
        }
        var line = cells.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }
}
