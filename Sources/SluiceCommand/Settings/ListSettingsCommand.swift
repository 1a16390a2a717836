import ArgumentParser

/// `sluice config settings`: lists what a server can be told.
struct ListSettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Lists all settings: their names in the file, on the command line and in the environment.",
        discussion: "What they are for one start, and who says so, tells 'sluice serve --print-settings'.")

    @Flag(help: "As what to list them; a table by default.")
    var form: Form = .table

    /// As what settings are listed.
    enum Form: EnumerableFlag {
        case table, json, markdown
    }

    func run() throws {
        let table = SettingsTable()
        let text =
            switch form {
            case .table: table.text(colors: StandardStream.output.showsColors)
            case .json: try table.json()
            case .markdown: table.markdown
            }
        StandardStream.output.write(text)
    }
}
