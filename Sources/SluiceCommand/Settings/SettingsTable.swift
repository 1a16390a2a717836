import SluiceServer

/// All settings that there are, with their names and what they are for.
struct SettingsTable {
    private struct Row: Encodable {
        var key: String?
        var option: String?
        var variable: String?
        var value: String
        var `default`: String
        var reload: Bool
        var secret: Bool
        var purpose: String
    }

    private let rows = Setting.all.map { setting in
        let standard =
            switch setting.standard {
            case .value(let value): value
            case .words(let words): words
            }
        return Row(
            key: setting.layers.contains(.file) ? setting.key : nil,
            option: setting.layers.contains(.commandLine) ? setting.option : nil,
            variable: setting.layers.contains(.environment) ? setting.variable : nil,
            value: setting.kind.valueName, default: standard, reload: setting.appliesOnReload,
            secret: setting.isSecret, purpose: setting.purpose)
    }

    /// For a terminal.
    func text(colors: Bool) -> String {
        AlignedTable(
            titles: ["FILE", "OPTION", "VARIABLE", "VALUE", "DEFAULT", "CHANGES BY", "WHAT FOR"],
            rows: rows.map { row in
                [
                    row.key ?? "-", row.option ?? "-", row.variable ?? "-", row.value, row.default,
                    row.reload ? "reload" : "restart", row.purpose,
                ]
            }
        ).text(colors: colors)
    }

    /// As in `docs/settings.md`.
    var markdown: String {
        let titles = ["in the file", "option", "variable", "value", "default", "changes by", "what it is for"]
        let lines = rows.map { row in
            let names = [row.key, row.option, row.variable].map { $0.map { "`\($0)`" } ?? "" }
            let value = row.value.replacing("|", with: " or ")
            return names + [value, row.default, row.reload ? "reload" : "restart", row.purpose]
        }
        return ([titles, titles.map { _ in "---" }] + lines).map { "| \($0.joined(separator: " | ")) |" }
            .joined(separator: "\n")
    }

    /// For programs.
    func json() throws -> String { try SettingsText.json(rows) }
}
