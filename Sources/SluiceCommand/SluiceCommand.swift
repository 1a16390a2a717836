import ArgumentParser
import SluicePolicies
import SluiceServer

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The `sluice` command.
@main
struct SluiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Decides, for every message, request or call, whether it may pass now, and if not, when.",
        version: BuildInformation.summary,
        subcommands: [
            ServeCommand.self, CheckCommand.self, TopCommand.self, TailCommand.self, ReplayCommand.self,
            BenchCommand.self, ConfigCommand.self, UserCommand.self,
        ])

    /// Runs the command and exits: 0 good, 1 a check said no, 2 a usage or configuration error.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            finish(error)
        }
    }

    private static func finish(_ error: any Error) -> Never {
        let text = fullMessage(for: error)
        let code = exitCode(for: error)
        if code == .success {
            if !text.isEmpty { StandardStream.output.write(text) }
            endProcess(0)
        }
        // A usage error repeats what it does not know, which may be a URL in the wrong place.
        if !text.isEmpty { StandardStream.error.write(text.hidingPasswords) }
        // A command that chose its code keeps it. A usage error is EX_USAGE, 64, to ArgumentParser, and 2 here like
        // every other error.
        endProcess(error is ExitCode ? code.rawValue : 2)
    }
}

/// `exit` of the C library, under a name that `ParsableArguments.exit(withError:)` does not hide.
private func endProcess(_ code: Int32) -> Never { exit(code) }
