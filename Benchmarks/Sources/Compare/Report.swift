import Foundation

/// What all suites found, for people and for programs.
struct Report: Codable {
    struct Section: Codable {
        var suite: String
        var title: String
        var findings: [Finding]
    }

    var date = Date().formatted(.iso8601)
    var cores = ProcessInfo.processInfo.activeProcessorCount
    var sections: [Section] = []

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension Report.Section {
    /// An aligned table.
    var table: String {
        let head = ["", "Sluice", "other", "ratio", "reach", "", "against", "measured earlier"]
        let rows = [head] + findings.map(\.cells)
        let widths = head.indices.map { column in rows.map { $0[column].count }.max()! }
        let lines = rows.map { row in
            let cells = row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return (1...3).contains(column) ? space + row[column] : row[column] + space
            }
            let line = "  " + cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        return ([title] + lines).joined(separator: "\n") + "\n"
    }
}

extension Finding {
    fileprivate var cells: [String] {
        [
            what, "\(Self.text(sluice)) \(unit)", other.map { "\(Self.text($0)) \(unit)" } ?? "",
            ratio.map { String(format: "%.2f", $0) } ?? "", reach ?? "", isReached.map { $0 ? "yes" : "NO" } ?? "",
            opponent ?? "", measuredEarlier ?? "",
        ]
    }
}
