/// One figure over commits: a line of medians above 0, in the interval in which each of them lies.
struct HistoryChart {
    struct Point {
        var commit: String
        var figure: Figure
    }

    let title: String
    let points: [Point]
    /// Tells the images of a page apart.
    let name: String

    private static let (width, height, top) = (300.0, 96.0, 8.0)
    private static var bottom: Double { height - 20 }

    /// The charts of a table: of each figure that was stored twice at least, itself included.
    static func charts(of table: BenchTable, suite: String, in reports: [BenchRecord], name: String) -> [HistoryChart] {
        let known = reports.map { record in
            (record.commit, Dictionary(uniqueKeysWithValues: record.report.namedFigures.map { ($0.name, $0.figure) }))
        }
        return table.rows.enumerated().flatMap { row, entry in
            zip(table.columns, entry.figures).enumerated().compactMap { column, cell -> HistoryChart? in
                guard let figure = cell.1, figure.value.isFinite else { return nil }
                let key = FigureName(suite: suite, table: table.title, row: entry.name, column: cell.0)
                let points = known.compactMap { commit, figures -> Point? in
                    guard let found = figures[key], found.unit == figure.unit, found.value.isFinite else { return nil }
                    return Point(commit: commit, figure: found)
                }
                guard points.count > 1 else { return nil }
                return HistoryChart(title: "\(entry.name): \(cell.0)", points: points, name: "\(name)-\(row)-\(column)")
            }
        }
    }

    /// The chart with its name and its last value.
    var markup: String {
        let last = points[points.count - 1].figure
        return """
            <figure class="small"><figcaption><span>\(PageMarkup.escape(title))</span>\
            <b>\(PageMarkup.escape(FigureText.text(last.value, last.unit)))</b></figcaption>
            \(image)
            </figure>
            """
    }

    private var image: String {
        let bottom = Self.bottom
        let upper = points.enumerated().map { coordinates($0, $1.figure.high ?? $1.figure.value) }
        let lower = points.enumerated().map { coordinates($0, $1.figure.low ?? $1.figure.value) }
        let middle = points.enumerated().map { coordinates($0, $1.figure.value) }
        var parts = [
            PageMarkup.line(0, bottom, Self.width, bottom, "axis"),
            "<path class=\"band\" d=\"M\((upper + lower.reversed()).joined(separator: "L"))z\"/>",
            "<path class=\"line\" d=\"M\(middle.joined(separator: "L"))\"/>",
        ]
        for (index, point) in points.enumerated() {
            let tip = "\(point.commit): \(FigureText.text(point.figure.value, point.figure.unit))"
            parts.append(
                "<circle class=\"dot\" cx=\"\(PageMarkup.number(x(index)))\" "
                    + "cy=\"\(PageMarkup.number(y(point.figure.value)))\" r=\"3\">"
                    + "\(PageMarkup.element("title", tip))</circle>")
        }
        let (first, last) = (points[0], points[points.count - 1])
        parts.append(PageMarkup.text(0, Self.height - 5, PageMarkup.shortened(first.commit, to: 18), "tick"))
        parts.append(
            PageMarkup.text(Self.width, Self.height - 5, PageMarkup.shortened(last.commit, to: 18), "tick end"))
        return PageMarkup.image(
            Self.width, Self.height, "chart", name: name, title: title,
            description: "\(points.count) commits, from \(text(first)) at \(first.commit) to \(text(last)) at "
                + "\(last.commit).", parts)
    }

    private func text(_ point: Point) -> String { FigureText.text(point.figure.value, point.figure.unit) }

    /// The top of the axis. An interval that reaches beyond it is cut off, so that the medians are told apart.
    private var most: Double { max(1.3 * (points.map(\.figure.value).max() ?? 1), .leastNormalMagnitude) }

    private func x(_ index: Int) -> Double { 4 + (Self.width - 8) * Double(index) / Double(max(1, points.count - 1)) }

    private func y(_ value: Double) -> Double {
        Self.bottom - (Self.bottom - Self.top) * min(1, max(0, value / most))
    }

    private func coordinates(_ index: Int, _ value: Double) -> String {
        "\(PageMarkup.number(x(index))) \(PageMarkup.number(y(value)))"
    }
}
