import ArgumentParser
import Sluice
import SluicePolicies
import SluiceServer

/// `sluice config`: looks at policy files without serving them, and makes them of others' configurations.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Checks, prints and imports policy files, and lists the server's settings.",
        subcommands: [
            CheckConfigCommand.self, PrintConfigCommand.self, ImportConfigCommand.self, ListSettingsCommand.self,
        ])

    /// A configuration error's exit code.
    static let failure = ExitCode(2)

    /// What a file says, or `nil` after what is wrong with it was written to standard error.
    static func serverFile(_ path: String) -> ServerFile? {
        do {
            return try ServerFile(contentsOf: path)
        } catch {
            StandardStream.error.write(error.formatted(colors: StandardStream.error.showsColors))
            return nil
        }
    }
}

/// `sluice config check FILE…`: says of each file whether it can be served.
struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Says whether policy files can be served, and what is wrong where.",
        discussion: "Exits with 0 if all can, with 2 if one cannot.")

    @Argument(help: "The policy files.", completion: .file(extensions: ["yaml", "yml", "json"]))
    var files: [String]

    func run() throws {
        var isGood = true
        for path in files {
            guard let file = ConfigCommand.serverFile(path) else {
                isGood = false
                continue
            }
            let rules = file.policies.reduce(0) { $0 + $1.rules.count }
            let policies = Self.counted(file.policies.count, "policy", "policies")
            StandardStream.output.write("\(path): ok, \(policies), \(Self.counted(rules, "rule", "rules"))")
        }
        if !isGood { throw ConfigCommand.failure }
    }

    private static func counted(_ count: Int, _ one: String, _ many: String) -> String {
        "\(count) \(count == 1 ? one : many)"
    }
}

/// `sluice config print FILE`: shows what a file says, as a table or in canonical form.
struct PrintConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print",
        abstract: "Prints the policies of a file as a table, as JSON or as canonical YAML.")

    @Argument(help: "The policy file.", completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: String

    @Flag(help: "As what to print them; a table by default.")
    var form: Form = .table

    /// As what policies are printed.
    enum Form: EnumerableFlag {
        case table, json, yaml
    }

    func run() throws {
        guard let file = ConfigCommand.serverFile(file) else { throw ConfigCommand.failure }
        let text =
            switch form {
            case .table: ConfigTable(file.policies).text
            case .json: PolicyFile.renderJSON(file.policies)
            case .yaml: PolicyFile.render(file.policies)
            }
        // The stream ends the last line itself.
        StandardStream.output.write(text.last == "\n" ? String(text.dropLast()) : text)
    }
}
