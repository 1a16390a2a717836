import SluiceBots
import SluiceTesting
import Testing

@Suite("Numbers that were seen")
struct RecentNumbersTests {
    @Test("the last so many are remembered, and no more", arguments: 0..<10 as Range<UInt64>)
    func property(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let capacity = Int(random.number(in: 1...9))
        var numbers = RecentNumbers(capacity: capacity)
        var order: [Int64] = []
        for _ in 0..<400 {
            let number = random.number(in: 0...20)
            #expect(numbers.contains(number) == order.contains(number), "seed \(seed)")
            #expect(numbers.insert(number) == !order.contains(number), "seed \(seed)")
            if !order.contains(number) { order.append(number) }
            if order.count > capacity { order.removeFirst() }
            #expect(numbers.count == order.count, "seed \(seed)")
        }
    }
}
