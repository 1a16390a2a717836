import Foundation
import Testing

@testable import SluiceBench

@Suite("A history of reports")
struct BenchHistoryTests {
    private static func record(
        _ commit: String, _ value: Double = 100, scale: Double = 1, _ machine: Machine = .example
    ) -> BenchRecord {
        BenchRecord(commit: commit, report: .example(value, machine: machine, scale: scale))
    }

    @Test("is a file that grows by a line with each report, and is read as it was written")
    func file() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "sluice-history-\(UInt64.random(in: .min ... .max)).jsonl"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        // A figure that was not measured is no number, and is kept as such.
        var empty = Self.record("b")
        empty.report = .example([("one", Figure(Rounds(), .bytes))])
        let records = [Self.record("a"), empty, Self.record("c", 7.25)]
        for record in records { try BenchHistory.append(record, to: path) }
        #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count == 3)
        let read = try BenchHistory(contentsOf: path).records
        #expect(read.map(\.commit) == ["a", "b", "c"])
        #expect(read[0] == records[0] && read[2] == records[2])
        #expect(read[1].report.namedFigures.first?.figure.value.isNaN == true)
    }

    @Test("tells which line is none of its own, and which file is not there")
    func broken() throws {
        let line = try BenchHistory.line(Self.record("a"))
        #expect(try BenchHistory("\n\(line)\n\n").records.count == 1)
        #expect { try BenchHistory("\(line)\n{}\n") } throws: { "\($0)".contains("line 2") }
        #expect { try BenchHistory(contentsOf: "/nowhere/history.jsonl") } throws: {
            "\($0)".contains("/nowhere/history.jsonl")
        }
        #expect { try BenchHistory.append(Self.record("a"), to: "/nowhere/history.jsonl") } throws: {
            "\($0)".contains("/nowhere/history.jsonl")
        }
    }

    @Test("gives the last report of the same machine and amount of work, or of a commit")
    func baseline() throws {
        var other = Machine.example
        other.cores = 2
        var debug = Machine.example
        debug.isOptimized = false
        // Another system on the same machine compares.
        var upgraded = Machine.example
        upgraded.system = "Linux 7"
        let history = BenchHistory([
            Self.record("aaa1", 1), Self.record("bbb2", 2), Self.record("ccc3", 3, scale: 0.5),
            Self.record("ddd4", 4, other), Self.record("eee5", 5, debug),
        ])
        let new = Self.record("new", 9, upgraded)
        #expect(try history.baseline(for: new).commit == "bbb2")
        #expect(try history.baseline(for: new, against: "aaa").commit == "aaa1")
        #expect(try history.baseline(for: Self.record("new", scale: 0.5)).commit == "ccc3")
        #expect(history.comparable(with: new).map(\.commit) == ["aaa1", "bbb2"])
    }

    @Test("compares nothing with another machine, another amount of work, or a commit that is not there")
    func nothing() {
        var other = Machine.example
        other.processor = "Other 1"
        let history = BenchHistory([Self.record("aaa1"), Self.record("bbb2")])
        #expect { try history.baseline(for: Self.record("new", 1, other)) } throws: {
            "\($0)".contains("figures of another machine do not compare")
        }
        #expect { try history.baseline(for: Self.record("new", scale: 0.1)) } throws: {
            "\($0)".contains("--scale 1.0")
        }
        #expect { try history.baseline(for: Self.record("new"), against: "fff") } throws: {
            "\($0)".contains("aaa1, bbb2")
        }
        #expect { try BenchHistory().baseline(for: Self.record("new")) } throws: { "\($0)".contains("--history") }
    }
}
