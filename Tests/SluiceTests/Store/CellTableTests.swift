import SluiceTesting
import Testing

@testable import Sluice

@Suite("The table of cells")
struct CellTableTests {
    private static let capacity = 6_000

    @Test(
        "holds what a dictionary holds, in order of hash and without gaps, while it grows and shrinks",
        arguments: 0..<6)
    func model(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let reserved = CellTable.reservation(for: Self.capacity)
        let memory = try ReservedMemory(byteCount: reserved * MemoryLayout<CellSlot>.stride)
        let slots = memory.base.bindMemory(to: CellSlot.self, capacity: reserved)
        var table = CellTable(slots: slots, reserved: reserved, capacity: Self.capacity)
        var model: [CellKey: Int64] = [:]
        var now: Int64 = 1
        for step in 0..<20_000 {
            // Tides: for a while most come in, then time passes and most expire.
            now += step / 5_000 % 2 == 0 ? 1 : Int64.random(in: 0...40, using: &random)
            // Neighbours in threes, as the cells of one caller are.
            let caller = UInt64.random(in: 0..<3_000, using: &random) &* 0x1357_9bdf_0246_8ad0
            let key = CellKey(high: caller ^ UInt64.random(in: 0..<3, using: &random) << 2, low: 7)
            let place = table.find(key)
            if let expiry = model[key], expiry >= now { #expect(place.isFound) }
            if Int.random(in: 0..<10, using: &random) == 0, place.isFound {
                table.remove(at: place.index)
                model[key] = nil
                continue
            }
            let expiry = now + Int64.random(in: 0...6_000, using: &random)
            let cell = Cell(expiry: expiry, limit: .throttle, payload: 0, isExhausted: false)
            if place.isFound {
                table.slots[place.index].cell = cell
            } else if table.hasRoom {
                _ = table.insert(key, cell, at: place.index, now: now)
                table.advance(now: now) { _ in }
            } else {
                continue
            }
            model[key] = expiry
            if step % 1_000 == 0 { check(table, model, now: now) }
        }
        check(table, model, now: now)
    }

    private func check(_ table: borrowing CellTable, _ model: [CellKey: Int64], now: Int64) {
        for (key, expiry) in model where expiry >= now {
            let place = table.find(key)
            #expect(place.isFound)
            #expect(table.slots[place.index].cell.expiry == expiry)
        }
        var occupied = 0
        var previous: UInt64 = 0
        for index in 0..<table.reserved where !table.slots[index].cell.isEmpty {
            let high = table.slots[index].key.high
            #expect(high >= previous)
            #expect(table.home(high) <= index)
            for slot in table.home(high)..<index where table.slots[slot].cell.isEmpty {
                Issue.record("slot \(slot) is empty between the home of \(index) and itself")
            }
            previous = high
            occupied += 1
        }
        #expect(occupied == table.occupied)
    }
}
