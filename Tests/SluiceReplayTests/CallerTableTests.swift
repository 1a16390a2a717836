import Testing

@testable import SluiceReplay

@Suite("Callers in bounded memory")
struct CallerTableTests {
    private struct Counted: CallerRecord {
        var count: Int64 = 0
        var weight: Int64 { count }
        func free() {}
    }

    private func hash(_ caller: Int) -> UInt64 { Fingerprint.combine(UInt64(caller), 7) }

    @Test("Up to its capacity a table is a dictionary")
    func exact() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let table = CallerTable<Counted>(capacity: 4_096)
        var model: [UInt64: Int64] = [:]
        for _ in 0..<50_000 {
            let key = hash(Int.random(in: 0..<4_000, using: &random))
            table.record(of: key, fresh: { Counted() })?.pointee.count += 1
            model[key, default: 0] += 1
        }
        #expect(table.isExact && table.count == model.count, "seed \(seed)")
        var kept: [UInt64: Int64] = [:]
        table.forEach { key, record in kept[key] = record.pointee.count }
        #expect(kept == model, "seed \(seed)")
    }

    @Test("Beyond it the sample is exact, its size bounded, and the number of callers estimated well")
    func sampled() {
        let callers = 200_000
        let table = CallerTable<Counted>(capacity: 4_096)
        for round in 0..<3 {
            for caller in 0..<callers where caller % (round + 1) == 0 {
                table.record(of: hash(caller), fresh: { Counted() })?.pointee.count += 1
            }
        }
        #expect(table.level > 0 && table.count <= 4_096)
        var sampled = 0
        var wrong = 0
        table.forEach { key, record in
            guard table.isSampled(key) else { return }
            sampled += 1
            if record.pointee.count < 1 || record.pointee.count > 3 { wrong += 1 }
        }
        #expect(wrong == 0)
        // Hashes are fixed, so this is no matter of luck: the sample's standard error is 2 %.
        let estimate = sampled * table.scale
        #expect(abs(estimate - callers) < callers / 10, "\(estimate)")
        for caller in 0..<callers where table.isSampled(hash(caller)) {
            let expected: Int64 = (caller % 2 == 0 ? 1 : 0) + (caller % 3 == 0 ? 1 : 0) + 1
            #expect(table.existingRecord(of: hash(caller))?.pointee.count == expected)
        }
    }

    @Test("The heaviest stay, whenever they begin, and are told too low by no more than the stated error")
    func heaviest() {
        let table = CallerTable<Counted>(capacity: 4_096, heaviestKept: 1_024)
        var sent = [Int64](repeating: 0, count: 20)
        for step in 0..<400_000 {
            table.record(of: hash(step + 1_000), fresh: { Counted() })?.pointee.count += 1
            guard step > 100_000, step % 10 == 0 else { continue }
            let heavy = step / 10 % 20
            table.record(of: hash(heavy), fresh: { Counted() })?.pointee.count += 1
            sent[heavy] += 1
        }
        #expect(table.count <= 4_096)
        for heavy in sent.indices {
            let told = table.existingRecord(of: hash(heavy))?.pointee.count ?? 0
            let isBounded = told <= sent[heavy] && told + table.weightError >= sent[heavy]
            #expect(isBounded, "\(heavy): \(told) of \(sent[heavy])")
            #expect(told > 0)
        }
    }

    @Test("A list of runs is a queue that can lose its end")
    func runs() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        var list = RunList()
        defer { list.free() }
        var model: [Int64] = []
        for step in 0..<20_000 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where !model.isEmpty:
                list.removeFirst()
                model.removeFirst()
            case 1 where !model.isEmpty:
                list.removeLast()
                model.removeLast()
            case 2 where model.count > 2:
                list.remove(at: 1)
                model.remove(at: 1)
            default:
                if model.count == 40 { continue }
                if list.isFull { list.grow() }
                list.append(Run(time: Int64(step), count: 1))
                model.append(Int64(step))
            }
            #expect((0..<list.count).map { list[$0].time } == model, "seed \(seed)")
        }
    }
}
