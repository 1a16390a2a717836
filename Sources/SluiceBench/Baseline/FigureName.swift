/// Which figure of a report is meant, by the names of what it stands in.
public struct FigureName: Sendable, Hashable {
    public var suite: String
    public var table: String
    public var row: String
    public var column: String
}

extension BenchReport {
    /// All figures of the report with their names, in order. Of two of one name the first counts.
    var namedFigures: [(name: FigureName, figure: Figure)] {
        var seen: Set<FigureName> = []
        var named: [(name: FigureName, figure: Figure)] = []
        for section in sections {
            for table in section.tables {
                for row in table.rows {
                    for (column, figure) in zip(table.columns, row.figures) {
                        let name = FigureName(
                            suite: section.suite, table: table.title, row: row.name, column: column)
                        guard let figure, seen.insert(name).inserted else { continue }
                        named.append((name, figure))
                    }
                }
            }
        }
        return named
    }
}
