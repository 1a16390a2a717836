import SluiceTesting
import Testing

@testable import Sluice

@Suite("A retry budget")
struct RetryBudgetTests {
    @Test("allows its share of the requests and its floor, and both anew when the window has passed")
    func share() {
        let time = ManualTime()
        let budget = RetryBudget(percent: 10, floorPerSecond: 2, time: .provided(by: time))
        for _ in 0..<100 { budget.countRequest() }
        #expect((0..<100).count { _ in budget.allowsRetry() } == 10 + 20)
        time.advance(by: .seconds(9))
        #expect(budget.allowsRetry() == false)
        time.advance(by: .seconds(1))
        #expect((0..<100).count { _ in budget.allowsRetry() } == 20)
    }

    @Test("allows what counting everything anew allows, at random times", arguments: 0..<40)
    func model(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let time = ManualTime()
        let percent = Int(random.number(in: 0...200))
        let floor = Int(random.number(in: 0...3))
        let window = Duration.seconds(random.number(in: 1...20))
        let budget = RetryBudget(
            percent: percent, floorPerSecond: floor, window: window, time: .provided(by: time))
        let step = window.wholeNanoseconds / 10
        var requests: [Int64] = []
        var retries: [Int64] = []
        for index in 0..<4_000 {
            if random.chance(50) {
                time.advance(by: .milliseconds(random.number(in: 0...random.pick([5, 500, 9_000]))))
            }
            let current = time.now().nanoseconds / step
            if random.chance(60) {
                budget.countRequest()
                requests.append(current)
                continue
            }
            // What lies in the ten steps that end with this one.
            let room = requests.count { $0 > current - 10 } * percent / 100 + floor * Int(window / .seconds(1))
            let isAllowed = retries.count { $0 > current - 10 } < room
            #expect(budget.allowsRetry() == isAllowed, "seed \(seed), step \(index)")
            if isAllowed { retries.append(current) }
        }
    }
}
