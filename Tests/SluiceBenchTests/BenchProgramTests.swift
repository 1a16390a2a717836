import Foundation
import Testing

@testable import SluiceBench

@Suite("Another program's bench")
struct BenchProgramTests {
    @Test("is asked for one round and JSON, whatever this one was asked for")
    func arguments() {
        let program = BenchProgram(
            "sluice", ["stores", "--rounds", "9", "--against-program=x", "--scale", "0.1", "--against-program", "y"])
        #expect(program.arguments == ["bench", "stores", "--scale", "0.1", "--rounds", "1", "--json"])
    }

    @Test("tells its report, also where a pass mark was missed", arguments: [Int32(0), 1])
    func report(status: Int32) throws {
        let report = BenchReport.example([("one", .spread(3)), ("none", nil)])
        let output = try JSONEncoder().encode(report)
        #expect(try BenchProgram("sluice", []).read(output, status: status, complaint: "") == report)
        #expect { try BenchProgram("sluice", ["stores"]).read(output, status: 2, complaint: "no such suite") } throws: {
            "\($0)" == "sluice bench stores --rounds 1 --json ended with 2: no such suite"
        }
    }

    @Test(
        "tells why there is no report",
        arguments: [
            ("/nowhere/sluice", "cannot run /nowhere/sluice"), ("/usr/bin/false", "ended with 1"),
            // It prints its arguments and ends well.
            ("/bin/echo", "too old or too new"),
        ])
    func failures(path: String, words: String) async {
        await #expect { try await BenchProgram(path, []).report() } throws: { "\($0)".contains(words) }
    }
}
