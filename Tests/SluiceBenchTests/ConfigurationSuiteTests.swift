import Sluice
import SluicePolicies
import Testing

@testable import SluiceBench

@Suite("The suite of configuration")
struct ConfigurationSuiteTests {
    @Test("measures reading, reloads and the environment, and without a program no server")
    func withoutProgram() async throws {
        let tables = try await BenchSuite.configuration.run(BenchContext(rounds: 2, scale: 0.001))
        #expect(tables.count == 3 && tables.allSatisfy { $0.source == nil })
        let files = tables[0]
        #expect(files.columns == ["cold start", "read and compiled", "reload of a limiter", "reload of a server"])
        #expect(files.rows.map(\.name) == ["1", "10", "100", "1,000"])
        for row in files.rows {
            #expect(row.figures.map { $0 != nil } == [false, true, true, false])
            #expect(row.figures.compactMap(\.self).allSatisfy { $0.mark?.bound == 100e6 && $0.unit == .nanoseconds })
        }
        #expect(tables[1].rows.count == 3 && tables[2].rows.map(\.name) == ["1", "2", "4", "8"])
        #expect(tables[2].rows.flatMap(\.figures).allSatisfy { $0?.unit == .perSecond })
        for figure in tables.flatMap(\.rows).flatMap(\.figures).compactMap(\.self) {
            #expect(figure.value.isFinite && figure.value > 0 && figure.rounds.count == 2)
        }
    }

    @Test("fails where the program is none")
    func noProgram() async throws {
        await #expect(throws: BenchError.self) {
            try await BenchSuite.configuration.run(BenchContext(rounds: 1, scale: 0.001, program: "/bin/false"))
        }
    }

    @Test("writes policy files of so many policies, none with the numbers of another")
    func files() throws {
        let scene = try PolicyFileScene(policies: 1_000)
        defer { scene.remove() }
        for numbers in [PolicyFileScene.Numbers.first, .second] {
            try scene.write(numbers)
            let policies = try PolicyFile(contentsOf: scene.path).policies
            #expect(policies.count == 1_000 && Set(policies.flatMap(\.rules).map(\.limit)).count == 1_000)
            #expect(policies.first { $0.name == PolicyFileScene.asked }?.rules.first?.limit.count == numbers.rawValue)
        }
    }

    @Test("reloads at least once while threads decide, and not at all when not asked to", arguments: [1, 3])
    func reloads(threads: Int) async throws {
        let scene = try ReloadScene()
        let during = try await scene.run(threads: threads, decisions: 10, reloading: true)
        #expect(during.decisions > 0 && during.reloads > 0)
        #expect(try await scene.run(threads: threads, decisions: 10, reloading: false).reloads == 0)
    }
}
