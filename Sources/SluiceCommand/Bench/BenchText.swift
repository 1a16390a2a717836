import SluiceBench

/// What suites found, as tables for a terminal.
struct BenchText {
    let colors: Bool

    func head(_ report: BenchReport) -> String {
        let machine = report.machine
        let processor = machine.processor ?? "a processor that does not say its name"
        let memory = FigureText.text(Double(machine.memory), .bytes)
        var text = "sluice \(report.version) on \(processor), \(machine.cores) cores, \(memory), \(machine.system)"
        if !machine.isOptimized { text += "\nThis build is not optimized: its figures say nothing of a real one." }
        return text
    }

    func table(_ table: BenchTable) -> String {
        var titles = [table.head]
        for column in table.columns { titles += [column, "published", "at most", ""] }
        let rows = table.rows.map { row in [row.name] + row.figures.flatMap(cells) }
        var lines = ["", table.title, AlignedTable(titles: titles, rows: rows).text(colors: colors)]
        if let source = table.source {
            lines.append("published: what \(source) tells of itself, on another machine; not measured here")
        }
        return (lines + table.notes).joined(separator: "\n")
    }

    private func cells(_ figure: Figure?) -> [String] {
        guard let figure else { return ["not measured", "", "", ""] }
        let text = { (value: Double) in FigureText.text(value, figure.unit) }
        return [
            text(figure.value), figure.published.map(text) ?? "", figure.mark.map { text($0.bound) } ?? "",
            figure.mark.map { $0.isMet ? "yes" : "NO" } ?? "",
        ]
    }
}
