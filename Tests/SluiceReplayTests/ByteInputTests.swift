import Foundation
import Sluice
import Testing

@testable import SluiceReplay

@Suite("Where logs come from")
struct ByteInputTests {
    private static let policy = Policy("web", rules: [Rule("r", by: .ip, .fixedWindow(3, per: .minutes(1)))])
    private static let sample = SampleLog.access(requests: 5_000, addresses: 50, span: 3_600, seed: 7)

    private var detection: FormatDetection {
        FormatDetection(policy: Self.policy, mapping: FieldMapping(), callerKey: nil)
    }

    /// Replays bytes that come through a pipe, as standard input does.
    private func replayPipe(_ data: Data) throws -> ReplayReport {
        let pipe = Pipe()
        Thread.detachNewThread {
            try? pipe.fileHandleForWriting.write(contentsOf: data)
            try? pipe.fileHandleForWriting.close()
        }
        let input = try ByteInput(
            descriptor: pipe.fileHandleForReading.fileDescriptor, name: "standard input", isOwned: false)
        let source = try LogSource(
            path: "-", format: nil, detection: detection, within: .min ... .max, input: input)
        return try Replay(policy: Self.policy).run([source], progress: { _ in })
    }

    @Test("A file, a compressed file, a pipe and a compressed pipe give the same report")
    func sameReport() throws {
        let file = try TemporaryLog(Self.sample)
        let compressed = try file.compressed()
        let expected = try Replay(policy: Self.policy).run([file.path])
        let reports = [
            try Replay(policy: Self.policy).run([compressed.path]), try replayPipe(Data(Self.sample.utf8)),
            try replayPipe(Data(contentsOf: URL(fileURLWithPath: compressed.path))),
        ]
        #expect(expected.requests == 5_000 && expected.denied > 0)
        for report in reports {
            #expect(report.requests == expected.requests && report.denied == expected.denied && report.notes.isEmpty)
            #expect(report.mostDenied == expected.mostDenied)
        }
    }

    @Test("Compressed files put one after another are one log")
    func members() throws {
        let lines = Self.sample.split(separator: "\n").map { $0 + "\n" }
        var data = Data()
        for part in [lines[..<2_000], lines[2_000...]] {
            data += try TemporaryLog(part.joined()).compressed().data()
        }
        let log = try TemporaryLog(data)
        #expect(try Replay(policy: Self.policy).run([log.path]).requests == 5_000)
    }

    @Test("A compressed file that breaks off is read as far as it goes, and says so")
    func truncated() throws {
        let whole = try TemporaryLog(Self.sample).compressed().data()
        let log = try TemporaryLog(whole.prefix(whole.count / 2))
        let report = try Replay(policy: Self.policy).run([log.path])
        #expect((100..<5_000).contains(report.requests))
        #expect(report.notes.contains { $0.contains("breaks off") && $0.contains("unexpected end") }, "\(report.notes)")
        #expect(report.sources[0].problem != nil)
    }

    @Test("A line without an end is a line; one that is too long is counted, and the next is read")
    func lines() throws {
        let line = SampleLog.line(address: "10.0.0.1", seconds: 1_767_312_000)
        let long = String(repeating: "x", count: 300_000) + "\n"
        let log = try TemporaryLog(line + long + "\n" + line + line.dropLast())
        let report = try Replay(policy: Self.policy).run([log.path])
        #expect(report.requests == 3 && report.malformed == 1 && report.lines == 5)
        #expect(report.malformedLines[0].line == 2 && report.malformedLines[0].reason == "longer than 64 KiB")
    }

    @Test("Lines on the borders of blocks are whole, wherever the borders fall")
    func borders() throws {
        for padding in [0, 1, 7, 100, 131] {
            let path = "/" + String(repeating: "p", count: padding)
            let lines = (0..<4_000).map {
                SampleLog.line(address: "10.0.\($0 / 250).\($0 % 250)", seconds: 1_767_312_000, path: path)
            }
            let log = try TemporaryLog(lines.joined())
            let report = try Replay(policy: Self.policy).run([log.path])
            #expect(report.requests == 4_000 && report.malformed == 0 && report.callers == 4_000)
        }
    }

    @Test(
        "The format is told from the first lines, even past some nonsense",
        arguments: [
            ("10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n", LogFormat.access),
            ("2019-04-30T08:56:59Z :a!a@a PRIVMSG #c :x\n", .irc), ("2019-04-30T08:56:59Z :a!a@a JOIN #c\n", .irc),
            ("{\"time\": 1, \"ip\": \"::1\"}\n", .json), ("time,ip\n1,::1\n", .csv),
            ("hello\n\n10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n", .access),
        ])
    func detection(_ text: String, _ format: LogFormat) {
        #expect(detection.format(of: Array(text.utf8)) == format)
    }

    @Test("What cannot be told or opened is an error that says what to do")
    func errors() throws {
        let nonsense = try TemporaryLog("a b c\nd e f\n")
        #expect {
            try Replay(policy: Self.policy).run([nonsense.path])
        } throws: {
            ($0 as? ReplayError)?.code == .unknownFormat && "\($0)".contains("--format access|irc|json|csv")
        }
        #expect {
            try Replay(policy: Self.policy).run(["/nowhere/at.all"])
        } throws: {
            ($0 as? ReplayError)?.code == .unreadableFile && "\($0)".contains("No such file")
        }
        #expect {
            try Replay(policy: Self.policy).run([FileManager.default.temporaryDirectory.path])
        } throws: {
            "\($0)".contains("is a directory")
        }
    }
}
