import Foundation

/// A report as one page with tables and charts, which loads nothing and runs nothing.
public enum BenchPage {
    /// The page.
    /// - Parameter history: Reports that compare with this one, the oldest first: of the same machine and the same
    ///   amount of work. The report itself comes last if it is among them.
    /// - Complexity: O(figures of the report and of the history).
    public static func html(_ report: BenchReport, history: [BenchRecord] = []) -> String {
        var past = history
        // One that is not stored yet is the last of all.
        if !past.isEmpty, !past.contains(where: { $0.report == report }) {
            past.append(BenchRecord(commit: "now", report: report))
        }
        let sections = report.sections.enumerated().map { section($1, past, name: "s\($0)") }
        return """
            \(head(report))
            <header>
            <h1>Sluice \(PageMarkup.escape(report.version)), measured</h1>
            \(machine(report))
            </header>
            <main>
            \(summary(report))
            \(contents(report))
            \(sections.joined(separator: "\n"))
            </main>
            <footer><p>Made by sluice bench. A figure is the median of its rounds; below it stands between which \
            bounds the true median lies in 19 of 20 cases, where there were six rounds or more. What others publish \
            was measured by them, on other machines.</p></footer>
            </body>
            </html>

            """
    }

    private static func head(_ report: BenchReport) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>Sluice \(PageMarkup.escape(report.version)), measured</title>
        <style>
        \(PageStyle.css)
        </style>
        </head>
        <body>
        """
    }

    private static func machine(_ report: BenchReport) -> String {
        let machine = report.machine
        let processor = machine.processor ?? "a processor that does not say its name"
        let memory = FigureText.text(Double(machine.memory), .bytes)
        let time = Date(timeIntervalSince1970: report.time).formatted(.iso8601)
        let words = "\(processor), \(machine.cores) cores, \(memory), \(machine.system); \(time)"
        let lines = [words] + report.redis.map(\.description)
        return
            (lines.map { PageMarkup.element("p", $0, "class=\"soft\"") }
            + report.warnings.map { PageMarkup.element("p", $0, "class=\"warning\"") })
            .joined(separator: "\n")
    }

    private static func summary(_ report: BenchReport) -> String {
        let figures = report.namedFigures.map(\.figure)
        let marks = figures.compactMap(\.mark)
        let missed = marks.count { !$0.isMet }
        var tiles = [
            tile("\(report.sections.count)", report.sections.count == 1 ? "suite" : "suites"),
            tile("\(figures.count)", "figures, \(figures.count { $0.published != nil }) beside a published one"),
        ]
        if !marks.isEmpty {
            tiles.append(tile("\(marks.count - missed) of \(marks.count)", "pass marks met"))
            if missed > 0 { tiles.append(tile("\(missed)", "pass marks missed", "bad")) }
        }
        return "<div class=\"tiles\">\(tiles.joined())</div>"
    }

    private static func tile(_ figure: String, _ words: String, _ style: String = "") -> String {
        "<div class=\"tile \(style)\">\(PageMarkup.element("b", figure))\(PageMarkup.element("span", words))</div>"
    }

    /// Links to the suites, where there are several.
    private static func contents(_ report: BenchReport) -> String {
        guard report.sections.count > 1 else { return "" }
        let links = report.sections.enumerated().map { index, section in
            "<li>\(PageMarkup.element("a", section.suite, "href=\"#s\(index)\""))</li>"
        }
        return "<nav aria-label=\"Suites\"><ul>\(links.joined())</ul></nav>"
    }

    private static func section(_ section: BenchReport.Section, _ past: [BenchRecord], name: String) -> String {
        let purpose = BenchSuite.named(section.suite).map { PageMarkup.element("p", $0.purpose, "class=\"soft\"") }
        let tables = section.tables.enumerated().map { index, table in
            self.table(table, of: section.suite, past, name: "\(name)-\(index)")
        }
        return """
            <section id="\(name)">
            \(PageMarkup.element("h2", section.suite))
            \(([purpose ?? ""] + tables).joined(separator: "\n"))
            </section>
            """
    }

    private static func table(_ table: BenchTable, of suite: String, _ past: [BenchRecord], name: String) -> String {
        var parts = [PageMarkup.element("h3", table.title), TableMarkup(table: table).markup]
        if let source = table.source {
            let words = "published: what \(source) tells of itself, on another machine; not measured here"
            parts.append(PageMarkup.element("p", words, "class=\"note\""))
        }
        parts += table.notes.map { PageMarkup.element("p", $0, "class=\"note\"") }
        parts += BarChart.charts(of: table, name: name).map(\.markup)
        let lines = HistoryChart.charts(of: table, suite: suite, in: past, name: "\(name)-h")
        if !lines.isEmpty {
            parts.append(
                """
                <details\(lines.count <= mostOpen ? " open" : "")><summary>Over \(past.count) measurements</summary>
                <div class="lines">
                \(lines.map(\.markup).joined(separator: "\n"))
                </div></details>
                """)
        }
        return "<article>\n\(parts.joined(separator: "\n"))\n</article>"
    }

    /// So many lines over commits are shown unasked.
    private static let mostOpen = 12
}
