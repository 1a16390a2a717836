import SluicePolicies
import SluiceServer

/// What settings are for one start, and who says so; without passwords.
struct EffectiveSettings {
    private struct Row: Encodable {
        var setting: String
        var value: String?
        var layer: String
        var from: String
    }

    private let rows: [Row]

    init(_ values: SettingValues) {
        rows = Setting.all.map { setting in
            let said = values.said[setting.key]
            let origin = said?.origin ?? .standard
            return Row(
                setting: setting.key, value: said.map { setting.shown($0.text) }, layer: origin.layer,
                from: origin.place(of: setting))
        }
    }

    /// For a terminal. What nobody says is told in words.
    func text(colors: Bool) -> String {
        AlignedTable(
            titles: ["SETTING", "VALUE", "FROM"],
            rows: zip(rows, Setting.all).map { row, setting in
                var words = "-"
                if case .words(let standard) = setting.standard { words = "(\(standard))" }
                return [row.setting, row.value?.printable ?? words, row.from]
            }
        ).text(colors: colors)
    }

    /// For programs.
    func json() throws -> String { try SettingsText.json(rows) }
}
