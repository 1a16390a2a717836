/// Figures of one unit as horizontal bars, row by row, with a mark where others publish theirs.
struct BarChart {
    struct Bar {
        var row: String
        /// `nil` where the chart has only one.
        var column: String?
        /// Which column of the chart it is, from 0.
        var place: Int
        var figure: Figure
    }

    /// What it shows.
    let title: String
    let unit: Figure.Unit
    let bars: [Bar]
    /// Tells the images of a page apart.
    let name: String
    private let scale: ValueScale

    private init(title: String, unit: Figure.Unit, bars: [Bar], name: String) {
        (self.title, self.unit, self.bars, self.name) = (title, unit, bars, name)
        scale = ValueScale(covering: bars.flatMap { [$0.figure.value, $0.figure.published ?? .nan] })
    }

    /// A chart for each unit of a table.
    static func charts(of table: BenchTable, name: String) -> [BarChart] {
        var units: [Figure.Unit] = []
        for case let figure? in table.rows.flatMap(\.figures) where !units.contains(figure.unit) {
            units.append(figure.unit)
        }
        return units.enumerated().map { index, unit in
            let columns = table.columns.indices.filter { column in
                table.rows.contains { $0.figures.count > column && $0.figures[column]?.unit == unit }
            }
            let bars = table.rows.flatMap { row in
                columns.enumerated().compactMap { place, column -> Bar? in
                    guard row.figures.count > column, let figure = row.figures[column], figure.unit == unit else {
                        return nil
                    }
                    let name = columns.count > 1 ? table.columns[column] : nil
                    return Bar(row: row.name, column: name, place: place, figure: figure)
                }
            }
            let names = columns.map { table.columns[$0] }.joined(separator: ", ")
            return BarChart(
                title: units.count > 1 ? "\(table.title): \(names)" : table.title, unit: unit, bars: bars,
                name: "\(name)-\(index)")
        }
    }

    /// For wide and for narrow screens; the page shows one of them.
    var markup: String {
        let hasPublished = bars.contains { $0.figure.published != nil }
        let published = hasPublished ? "<span><i></i>published elsewhere, not measured here</span>" : ""
        return """
            <figure><figcaption><span>\(PageMarkup.escape(unit.words))\
            \(scale.isLogarithmic ? "; logarithmic scale" : "")</span>\(published)</figcaption>
            \(image(BarLayout(bars, width: 960, label: 240), "wide"))
            \(image(BarLayout(bars, width: 380, label: nil), "narrow"))
            </figure>
            """
    }

    private func image(_ layout: BarLayout, _ style: String) -> String {
        var parts: [String] = []
        for tick in scale.ticks {
            let x = layout.x(scale.place(tick))
            parts.append(PageMarkup.line(x, layout.top, x, layout.bottom, "grid"))
            parts.append(PageMarkup.text(x, layout.bottom + 15, FigureText.text(tick, unit), layout.anchor(x)))
        }
        for (index, bar) in bars.enumerated() {
            if layout.beginsRow(index), bar.column != nil {
                parts.append(
                    PageMarkup.text(
                        0, layout.y(index) - (layout.isBeside ? 8 : 22), layout.fitted(bar.row, isAlone: true), "name"))
            }
            parts += self.parts(of: bar, layout, y: layout.y(index))
        }
        return PageMarkup.image(
            layout.width, layout.height, "chart \(style)", name: "\(name)-\(style)", title: title,
            description: description, parts)
    }

    private func parts(of bar: Bar, _ layout: BarLayout, y: Double) -> [String] {
        let height = BarLayout.bar
        let value = FigureText.text(bar.figure.value, unit)
        let name = [bar.row, bar.column].compactMap(\.self).joined(separator: ", ")
        let length = max(1, layout.x(scale.place(bar.figure.value)) - layout.x(0))
        var parts = [
            PageMarkup.text(
                0, layout.isBeside ? y + height - 3 : y - 4, layout.fitted(bar.column ?? bar.row, isAlone: false),
                bar.column == nil ? "name" : ""),
            PageMarkup.rectangle(layout.x(0), y, length, height, "bar c\(bar.place % 6)", tip: "\(name): \(value)"),
            PageMarkup.text(layout.width, layout.isBeside ? y + height - 3 : y - 4, value, "value end"),
        ]
        if let published = bar.figure.published {
            let x = layout.x(scale.place(published))
            let tip = "\(name): \(FigureText.text(published, unit)) published elsewhere"
            // Above a bar that has its name there is no room.
            let above = layout.isBeside ? 3.0 : 0
            parts.append(PageMarkup.rectangle(x - 2, y - above, 4, height + 3 + above, "published", tip: tip))
        }
        return parts
    }

    private var description: String {
        let values = bars.map(\.figure.value).filter { $0.isFinite }
        guard let least = values.min(), let most = values.max() else { return "There are no figures." }
        let scale = scale.isLogarithmic ? "on a logarithmic scale" : "from 0"
        return "\(bars.count) bars \(scale), between \(FigureText.text(least, unit)) and "
            + "\(FigureText.text(most, unit)). The table before has the same figures."
    }
}

extension Figure.Unit {
    /// What an axis shows, and which way is better.
    var words: String {
        switch self {
        case .nanoseconds: "time: shorter is better"
        case .bytes: "memory: less is better"
        case .perSecond: "rate: more is better"
        case .share: "share"
        case .count: "count"
        }
    }
}
