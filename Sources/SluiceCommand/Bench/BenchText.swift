import SluiceBench

/// What suites found, as tables for a terminal.
struct BenchText {
    let colors: Bool

    func head(_ report: BenchReport) -> String {
        let machine = report.machine
        let processor = machine.processor ?? "a processor that does not say its name"
        let memory = FigureText.text(Double(machine.memory), .bytes)
        let place = "sluice \(report.version) on \(processor), \(machine.cores) cores, \(memory), \(machine.system)"
        return ([place] + report.redis.map(\.description) + report.warnings).joined(separator: "\n")
    }

    func table(_ table: BenchTable) -> String {
        var titles = [table.head]
        var rows = table.rows.map { [$0.name] }
        for (place, column) in table.columns.enumerated() {
            let figures = table.rows.map { place < $0.figures.count ? $0.figures[place] : nil }
            titles.append(column)
            for (row, figure) in figures.enumerated() { rows[row].append(value(figure)) }
            if figures.contains(where: { $0?.published != nil }) {
                titles.append("published")
                for (row, figure) in figures.enumerated() { rows[row].append(text(figure?.published, figure?.unit)) }
            }
            if figures.contains(where: { $0?.mark != nil }) {
                let isRate = figures.contains { $0?.unit == .perSecond }
                titles += [isRate ? "at least" : "at most", ""]
                for (row, figure) in figures.enumerated() {
                    rows[row].append(text(figure?.mark?.bound, figure?.unit))
                    rows[row].append(figure?.mark.map { $0.isMet ? "yes" : "NO" } ?? "")
                }
            }
        }
        var lines = ["", table.title, AlignedTable(titles: titles, rows: rows).text(colors: colors)]
        if let source = table.source {
            lines.append("published: what \(source) tells of itself, on another machine; not measured here")
        }
        return (lines + table.notes).joined(separator: "\n")
    }

    private func value(_ figure: Figure?) -> String {
        figure.map { FigureText.text($0.value, $0.unit) } ?? "not measured"
    }

    private func text(_ value: Double?, _ unit: Figure.Unit?) -> String {
        guard let value, let unit else { return "" }
        return FigureText.text(value, unit)
    }
}
