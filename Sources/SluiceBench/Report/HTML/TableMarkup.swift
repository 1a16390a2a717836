/// A table of figures with all that is known of them: median, interval, what others publish, and the pass mark.
struct TableMarkup {
    let table: BenchTable

    private enum Part { case median, published, mark }

    /// What is told of a column's figures.
    private var parts: [[Part]] {
        table.columns.indices.map { column in
            let figures = table.rows.compactMap { $0.figures.count > column ? $0.figures[column] : nil }
            return [.median] + (figures.contains { $0.published != nil } ? [.published] : [])
                + (figures.contains { $0.mark != nil } ? [.mark] : [])
        }
    }

    var markup: String {
        let parts = parts
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="\(PageMarkup.escape(table.title))"><table>
            <thead>
            \(head(parts))
            </thead>
            <tbody>
            \(table.rows.map { row($0, parts) }.joined(separator: "\n"))
            </tbody>
            </table></div>
            """
    }

    /// One line of titles, or two where a column has several parts.
    private func head(_ parts: [[Part]]) -> String {
        let isDouble = parts.contains { $0.count > 1 }
        let corner = PageMarkup.element("th", table.head, "scope=\"col\"" + (isDouble ? " rowspan=\"2\"" : ""))
        guard isDouble else {
            let cells = table.columns.map { PageMarkup.element("th", $0, "scope=\"col\" class=\"n\"") }
            return "<tr>\(corner)\(cells.joined())</tr>"
        }
        let groups = zip(table.columns, parts).map { name, parts in
            "<th scope=\"colgroup\" colspan=\"\(parts.count)\" class=\"group\">\(PageMarkup.element("span", name))</th>"
        }
        let names = parts.flatMap { $0 }.map { part in
            PageMarkup.element("th", name(of: part), "scope=\"col\" class=\"\(part == .median ? "n first" : "n")\"")
        }
        return "<tr>\(corner)\(groups.joined())</tr>\n<tr>\(names.joined())</tr>"
    }

    private func name(of part: Part) -> String {
        switch part {
        case .median: "median"
        case .published: "published"
        case .mark: "pass mark"
        }
    }

    private func row(_ row: BenchTable.Row, _ parts: [[Part]]) -> String {
        let cells = parts.enumerated().flatMap { column, parts in
            let figure = row.figures.count > column ? row.figures[column] : nil
            return parts.map { cell($0, figure) }
        }
        return "<tr>\(PageMarkup.element("th", row.name, "scope=\"row\""))\(cells.joined())</tr>"
    }

    private func cell(_ part: Part, _ figure: Figure?) -> String {
        guard let figure else {
            return part == .median ? "<td class=\"n first soft\">not measured</td>" : "<td></td>"
        }
        switch part {
        case .median:
            let interval = figure.interval.map { PageMarkup.element("small", Self.text($0, figure.unit)) } ?? ""
            return "<td class=\"n first\"><b>\(text(figure.value, figure.unit))</b>\(interval)</td>"
        case .published:
            return "<td class=\"n soft\">\(figure.published.map { text($0, figure.unit) } ?? "")</td>"
        case .mark:
            guard let mark = figure.mark else { return "<td></td>" }
            let bound = figure.unit.isBetterHigher ? "at least" : "at most"
            let (style, words) = mark.isMet ? ("met", "✓ met") : ("missed", "✗ missed")
            return "<td class=\"n\"><span class=\"soft\">\(bound) \(text(mark.bound, figure.unit))</span>"
                + "<small class=\"\(style)\">\(words)</small></td>"
        }
    }

    private func text(_ value: Double, _ unit: Figure.Unit) -> String {
        PageMarkup.escape(FigureText.text(value, unit))
    }

    /// An interval with its unit once if both ends have the same.
    static func text(_ interval: ClosedRange<Double>, _ unit: Figure.Unit) -> String {
        let (low, high) = (FigureText.text(interval.lowerBound, unit), FigureText.text(interval.upperBound, unit))
        if low == high { return low }
        for separator in [" ", "/"] {
            guard let end = low.lastIndex(of: Character(separator)) else { continue }
            if high.hasSuffix(low[end...]) { return "\(low[..<end])–\(high)" }
        }
        return "\(low)–\(high)"
    }
}
