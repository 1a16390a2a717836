import Sluice
import SluiceRedis
import Testing

@Suite("A census of instances")
struct InstanceCensusTests {
    private let start = Timestamp(seconds: 1_700_000_000)

    @Test("is taken at once and then every five seconds")
    func schedule() throws {
        var census = InstanceCensus(prefix: "sluice", name: 35, at: start)
        let offsets: [Int64] = [0, 0, 4_999, 5_000, 9_999]
        let commands = offsets.map { census.commandIfDue(at: start + .milliseconds($0)) }
        #expect(commands.map { $0 != nil } == [true, false, false, true, false])
        let command = try #require(commands[0])
        #expect(command.count == 6)
        #expect(command[0] == "EVAL" && command[2...] == ["1", "sluice:instances", "z", "15000"])
        #expect(census.nextAt == start + .seconds(10))
        #expect(census.farewell == ["ZREM", "sluice:instances", "z"])
    }

    @Test("never counts less than the one that asks, and keeps what it knew when an answer cannot be")
    func counting() {
        var census = InstanceCensus(prefix: "p", name: 1, at: start)
        #expect(census.count == 1)
        let answers: [Int64] = [7, 7, 0, -1, .min, .max, 100_001, 1]
        var counts: [Int] = []
        let changes = answers.map { answer in
            let changed = census.counted(answer)
            counts.append(census.count)
            return changed
        }
        #expect(counts == [7, 7, 7, 7, 7, 7, 7, 1])
        #expect(changes == [true, false, false, false, false, false, false, true])
    }
}
