import Foundation
import Testing

/// `sluice bench` in a process of its own, whose memory nobody else takes and gives back.
@Suite("sluice bench")
struct BenchTests {
    private struct Report: Decodable {
        struct Figure: Decodable {
            var value: Double
            var unit: String
            var published: Double?
        }

        struct Row: Decodable {
            var name: String
            var figures: [Figure?]
        }

        struct Table: Decodable {
            var columns: [String]
            var rows: [Row]
        }

        struct Section: Decodable {
            var suite: String
            var tables: [Table]
        }

        var sections: [Section]
    }

    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func tables(_ suite: String, _ options: String..., scale: String = "0.001") async throws -> [Report.Table] {
        let arguments = ["bench", suite, "--rounds", "1", "--scale", scale, "--json"] + options
        let child = try ChildProcess(SluiceBinary.url, arguments, in: scratch, within: .seconds(300))
        let ending = try await child.wait()
        // A pass mark says something of an optimized build on a machine that does nothing else.
        try #require(ending.status == 0 || ending.status == 1, "\(ending.errors)")
        let report = try JSONDecoder().decode(Report.self, from: Data(ending.output.utf8))
        let section = try #require(report.sections.first)
        #expect(section.suite == suite && report.sections.count == 1)
        for figure in section.tables.flatMap(\.rows).flatMap(\.figures).compactMap(\.self) {
            // How many failed may be none, and in so short a load no second is whole.
            #expect(figure.value.isFinite && (figure.value > 0 || figure.value == 0 && figure.unit != "bytes"))
        }
        return section.tables
    }

    @Test("tells what users take in a process and on Redis, more of more")
    func memory() async throws {
        let tables = try await tables("memory", scale: "0.01")
        let users = try #require(tables.first)
        #expect(users.rows.map(\.name).dropFirst() == ["1,000", "10,000", "100,000", "1,000,000", "10,000,000"])
        #expect(users.rows.map { $0.figures[1]?.published } == [2.5e6, 0.3e6, 3e6, 30e6, nil, nil])
        let slots = users.rows.dropFirst().compactMap { $0.figures[0]?.value }
        #expect(slots.count == 5 && slots == slots.sorted() && slots[4] > 2 * 32 * 100_000)
        let onRedis = users.rows.dropFirst().map { $0.figures[2]?.value }
        #expect(onRedis[4] == nil && onRedis.compactMap(\.self) == onRedis.compactMap(\.self).sorted())
        #expect(onRedis.prefix(4).allSatisfy { ($0 ?? 0) > 0 })
        let components = Dictionary(
            uniqueKeysWithValues: tables[1].rows.map { ($0.name, $0.figures[4]?.value ?? 0) })
        let rate = try #require(components["a rate limit"])
        #expect(rate >= 32 * 100_000 && components["an exact log of 20 messages"] ?? 0 > rate)
        #expect(tables[2].rows.map(\.name) == ["rate limits", "debounce", "total"])
    }

    @Test("starts a server of its own to measure configuration")
    func configuration() async throws {
        let files = try #require(try await tables("config").first)
        #expect(files.rows.map(\.name) == ["1", "10", "100", "1,000"])
        #expect(files.rows.allSatisfy { $0.figures.allSatisfy { $0 != nil } })
    }

    @Test("loads a server of its own, in a closed loop and an open one")
    func load() async throws {
        let tables = try await tables("load")
        #expect(!tables.isEmpty && tables.allSatisfy { !$0.rows.isEmpty })
        #expect(tables[0].rows.allSatisfy { $0.figures.contains { $0 != nil } })
    }

    @Test("asks a server of its own by each of its protocols")
    func server() async throws {
        let tables = try await tables("server")
        let names = tables.flatMap(\.rows).map(\.name).joined(separator: "\n")
        for name in ["CL.THROTTLE", "SLUICE.CHECK", "HTTP", "gRPC"] { #expect(names.contains(name), "\(names)") }
        #expect(tables[0].rows.allSatisfy { $0.figures.contains { $0 != nil } })
    }
}
