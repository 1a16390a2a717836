import ArgumentParser
import Foundation
import Sluice
import SluicePolicies
import SluiceReplay

/// `sluice replay`
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Decide a log's requests by a policy: who would have been denied, by which rule, how much and when.",
        discussion: """
            Reads access logs (common and combined), timestamped IRC, JSON lines and CSV, plain or compressed by gzip, \
            and tells the format by itself. Several logs are merged by time. Lines that cannot be read are counted and \
            shown. Exits 0 with a report, 2 when there is none.
            """)

    @Argument(help: ArgumentHelp("The logs; - or none is standard input.", valueName: "log"))
    var logs: [String] = []

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The policy, if the file has several.", valueName: "name"))
    var policy: String?

    @Option(help: ArgumentHelp("The logs' format: \(LogFormat.names).", valueName: "format"))
    var format: String?

    @Option(
        help: ArgumentHelp(
            "Where JSON lines or CSV have a descriptor key or the time: user=uid, time=ts, ip=client.ip.",
            valueName: "key=field"))
    var field: [String] = []

    @Option(help: ArgumentHelp("The descriptor key whose values are the callers.", valueName: "key"))
    var caller: String?

    @Option(help: ArgumentHelp("Only requests from this time on, such as 2026-01-02T03:00:00Z.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Only requests before this time.", valueName: "time"))
    var to: String?

    @Option(help: ArgumentHelp("How many callers to name.", valueName: "n"))
    var top = 10

    @Option(help: ArgumentHelp("How many callers are counted exactly before a sample is.", valueName: "n"))
    var exactCallers = 1 << 18

    @Flag(help: "Print the report as JSON.")
    var json = false

    @Option(help: ArgumentHelp("Write the report as a page with charts, too.", valueName: "file"))
    var html: String?

    func validate() throws {
        guard config != nil else {
            throw ValidationError("Which policy file? Say --config FILE.")
        }
        guard (0...1_000).contains(top) else { throw ValidationError("--top must be between 0 and 1000.") }
        guard (1_024...1 << 26).contains(exactCallers) else {
            throw ValidationError("--exact-callers must be between 1024 and \(1 << 26).")
        }
        _ = try options()
    }

    func run() throws {
        let file = try PolicyFile(contentsOf: config ?? "")
        let replay = Replay(policy: try chosen(from: file), options: try options())
        let meter = ProgressMeter()
        let report = try replay.run(logs.isEmpty ? ["-"] : logs, progress: meter.show)
        meter.clear()
        if let html { try write(report.html(), to: html) }
        StandardStream.output.write(json ? report.json() : report.text(colors: Self.usesColors))
    }

    private func options() throws -> Replay.Options {
        var options = Replay.Options()
        if let format {
            guard let known = LogFormat(rawValue: format.lowercased()) else {
                let hint = NearestWord.hint(for: format, among: LogFormat.allCases.map(\.rawValue))
                throw ValidationError("Unknown format '\(format)'\(hint); the formats are \(LogFormat.names).")
            }
            options.format = known
        }
        options.mapping = FieldMapping(try fields())
        options.caller = caller.map { DescriptorKey($0) }
        options.from = try Self.time(from, "--from")
        options.until = try Self.time(to, "--to")
        options.top = top
        options.exactCallers = exactCallers
        return options
    }

    private func fields() throws -> [String: String] {
        var fields: [String: String] = [:]
        for word in field {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex, word.last != "=" else {
                throw ValidationError("'\(word)' is not key=field; write user=uid or time=ts.")
            }
            fields[String(word[..<equals])] = String(word[word.index(after: equals)...])
        }
        return fields
    }

    private static func time(_ text: String?, _ option: String) throws -> Timestamp? {
        guard let text else { return nil }
        guard let time = Timestamp(logTime: text) else {
            throw ValidationError(
                "'\(text)' is no time for \(option); write 2026-01-02T03:00:00Z or seconds since 1970.")
        }
        return time
    }

    private func chosen(from file: PolicyFile) throws -> Policy {
        let names = file.policies.map(\.name)
        if let policy {
            if let chosen = file.policies.first(where: { $0.name == policy }) { return chosen }
            throw ReplayError(
                .unknownPolicy,
                "\(file.name): unknown policy '\(policy)'\(NearestWord.hint(for: policy, among: names)); it has "
                    + names.joined(separator: ", "))
        }
        guard file.policies.count == 1, let only = file.policies.first else {
            throw ReplayError(
                .unknownPolicy,
                names.isEmpty
                    ? "\(file.name) has no policy"
                    : "\(file.name) has several policies; say which with --policy: \(names.joined(separator: ", "))")
        }
        return only
    }

    private func write(_ page: String, to path: String) throws {
        do {
            try Data(page.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw ReplayError(.unreadableFile, "cannot write \(path): \(error.localizedDescription)")
        }
    }

    private static var usesColors: Bool {
        StandardStream.output.isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }
}

extension LogFormat {
    fileprivate static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// A bar on standard error, for a terminal only.
private final class ProgressMeter {
    private let isShown = StandardStream.error.isTerminal
    private let start = ContinuousClock.now

    func show(_ progress: Replay.Progress) {
        guard isShown else { return }
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let rate = elapsed > 0 ? Double(progress.lines) / elapsed : 0
        var text = "\(progress.lines) lines, \(Self.rate(rate))"
        if let total = progress.totalBytes, total > 0 {
            let share = min(1, Double(progress.bytes) / Double(total))
            let filled = Int(share * 24)
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
            text = "\(bar) \(Int(share * 100)) % of \(total >> 20) MiB, \(text)"
            if share > 0.01 { text += ", \(Int((elapsed / share - elapsed).rounded(.up))) s left" }
        }
        write("\r\u{1b}[2K" + text)
    }

    /// Leaves the line to what comes after.
    func clear() {
        if isShown { write("\r\u{1b}[2K") }
    }

    private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

    private static func rate(_ rate: Double) -> String {
        rate >= 1e6 ? "\((rate / 1e5).rounded() / 10) M lines/s" : "\(Int(rate / 1e3)) k lines/s"
    }
}
