import ArgumentParser
import Foundation
import SluiceBench

/// What becomes of a report besides being printed: a page, a place in the history, and a comparison.
struct BenchKeeping: ParsableArguments {
    @Option(help: ArgumentHelp("Write the report as a page with charts.", valueName: "file"))
    var html: String?

    @Option(help: ArgumentHelp("Add the report to the stored ones in this file.", valueName: "file"))
    var history: String?

    @Option(
        help: ArgumentHelp(
            "What the measured revision is called; by default its git commit.", valueName: "name"))
    var commit: String?

    @Option(
        help: ArgumentHelp("Compare with the last report stored in this file.", valueName: "file"))
    var baseline: String?

    @Option(
        help: ArgumentHelp("With --baseline: compare with that commit's report.", valueName: "commit"))
    var against: String?

    @Option(
        help: ArgumentHelp(
            "Compare with another build of sluice, both measured in turn.", valueName: "program"))
    var againstProgram: String?

    func validate(rounds: Int) throws {
        if against != nil, baseline == nil { throw ValidationError("--against needs --baseline.") }
        guard baseline == nil && againstProgram == nil || rounds >= PairedRun.fewestRounds else {
            throw ValidationError("A comparison needs --rounds \(PairedRun.fewestRounds) or more.")
        }
        guard againstProgram == nil || html == nil && history == nil && baseline == nil else {
            throw ValidationError(
                "--against-program stores and draws nothing: leave out the other files.")
        }
    }

    /// What will be compared with. Asked before anything is measured: it may take an hour.
    func stored(for report: BenchReport) throws -> BenchRecord? {
        guard let baseline else { return nil }
        let new = BenchRecord(commit: commit ?? "", report: report)
        return try BenchHistory(contentsOf: baseline).baseline(for: new, against: against)
    }

    /// Compares, stores and draws. What has become worse is not stored: the next would be held against it.
    /// - Returns: Whether a figure has become worse.
    func keep(
        _ report: BenchReport, against stored: BenchRecord?, on stream: StandardStream
    ) async throws -> Bool {
        let comparison = stored.map { BenchComparison(report, against: $0.report) }
        if let comparison, let stored { show(comparison, with: stored.commit, as: "stored", on: stream) }
        let hasFailed = comparison?.hasFailed ?? false
        if html != nil || history != nil {
            try await write(report, hasFailed: hasFailed, on: stream)
        }
        return hasFailed
    }

    private func write(_ report: BenchReport, hasFailed: Bool, on stream: StandardStream) async throws {
        var name = commit
        if name == nil { name = await CommitName.current() }
        if history != nil, name == nil {
            throw ValidationError(
                "There is no git commit here: name the measured revision with --commit.")
        }
        let record = BenchRecord(commit: name ?? "now", report: report)
        if let history {
            if hasFailed {
                stream.write("Not stored in \(history): it would become what others are held against.")
            } else {
                try BenchHistory.append(record, to: history)
            }
        }
        guard let html else { return }
        let files = Set([history, baseline].compactMap(\.self)).filter(FileManager.default.fileExists)
        var past: [BenchRecord] = []
        for file in files { past += try BenchHistory(contentsOf: file).comparable(with: record) }
        past.sort { $0.report.time < $1.report.time }
        try Data(BenchPage.html(report, history: past).utf8).write(to: URL(fileURLWithPath: html))
    }

    /// Measures this program and the other in turn.
    /// - Returns: Whether a figure is worse than the other's.
    func compare(
        with other: String, program: String, rounds: Int, on stream: StandardStream,
        progress: @escaping @Sendable (_ round: Int) -> Void, ended: () -> Void
    ) async throws -> Bool {
        let arguments = Array(CommandLine.arguments.drop { $0 != "bench" }.dropFirst())
        let (ours, theirs) = (BenchProgram(program, arguments), BenchProgram(other, arguments))
        let run = PairedRun(
            rounds: rounds, ours: { try await ours.report() }, other: { try await theirs.report() },
            progress: progress)
        let comparison = try await run.compare()
        ended()
        show(comparison, with: other, as: "the other", on: stream)
        return comparison.hasFailed
    }

    private func show(
        _ comparison: BenchComparison, with other: String, as title: String, on stream: StandardStream
    ) {
        var lines = ["", "compared with \(other): \(comparison.summary)"]
        let cells = comparison.cells
        if !cells.isEmpty {
            let table = AlignedTable(titles: BenchComparison.titles(title), rows: cells)
            lines.append(table.text(colors: stream.showsColors))
        }
        stream.write(lines.joined(separator: "\n"))
    }
}
