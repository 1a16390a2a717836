import ArgumentParser
import SluicePolicies

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// `sluice config import FILE`: makes a policy file of another limiter's configuration.
struct ImportConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Makes a policy file of another limiter's configuration.",
        discussion: """
            It reads envoyproxy/ratelimit's YAML (a file or a folder), nginx's limit_req and limit_conn, and a Twitch \
            bot's rate_limiting block. Comments in what it writes tell what has no equal and what was decided. \
            Exits with 2 if something is wrong with the configuration.
            """)

    @Argument(help: "The configuration: a file, or a folder of envoyproxy/ratelimit.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("Whose it is: envoy, nginx or twitch; recognized by its content by default."))
    var from: PolicyImport.Form?

    @Option(help: ArgumentHelp("Where to write the policy file, instead of to standard output.", valueName: "file"))
    var output: String?

    func run() throws {
        let policies: PolicyImport
        do {
            policies = try PolicyImport(contentsOf: file, as: from)
        } catch {
            StandardStream.error.write(error.formatted(colors: StandardStream.error.showsColors))
            throw ConfigCommand.failure
        }
        guard let output else {
            // The stream ends the last line itself.
            return StandardStream.output.write(String(policies.text.dropLast()))
        }
        try write(policies.text, to: output)
        let remarks = policies.remarks == 1 ? "1 remark" : "\(policies.remarks) remarks"
        StandardStream.error.write("\(output): written, with \(remarks) in comments")
    }

    private func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw unwritable(path) }
        let isWritten = fputs(text, file) >= 0
        guard fclose(file) == 0, isWritten else { throw unwritable(path) }
    }

    private func unwritable(_ path: String) -> ValidationError {
        ValidationError("cannot write \(path): \(String(cString: strerror(errno)))")
    }
}

extension PolicyImport.Form: ExpressibleByArgument {}
