import SluiceTesting
import Testing

@testable import Sluice

@Suite("A back-off")
struct BackOffTests {
    @Test("doubles from the first wait up to the longest")
    func doubles() {
        let waits = (1...9).map { BackOff.endpoint.ceiling(afterFailures: $0) }
        #expect(waits == [5, 10, 20, 40, 80, 160, 300, 300, 300].map { .seconds($0) })
        #expect(BackOff.endpoint.ceiling(afterFailures: .max) == .seconds(300))
        let even = BackOff(first: .seconds(3), multiplier: 1, longest: .seconds(9))
        #expect(even.ceiling(afterFailures: .max) == .seconds(3))
        let half = BackOff(first: .seconds(4), multiplier: 1.5, longest: .seconds(9))
        #expect((1...4).map { half.ceiling(afterFailures: $0) } == [4, 6, 9, 9].map { .seconds($0) })
        #expect(BackOff(first: .seconds(5), longest: .seconds(5)).ceiling(afterFailures: 0) == .seconds(5))
    }

    @Test("spreads waits as its jitter says, to the nanosecond")
    func jitter() {
        func wait(_ jitter: BackOff.Jitter, _ random: UInt64) -> Duration {
            BackOff(first: .nanoseconds(100), longest: .nanoseconds(100), jitter: jitter)
                .wait(afterFailures: 1, random: random)
        }
        #expect([0, .max / 2, .max].map { wait(.full, $0) } == [1, 50, 100].map { .nanoseconds($0) })
        #expect([0, .max / 2, .max].map { wait(.equal, $0) } == [51, 75, 100].map { .nanoseconds($0) })
        #expect([0, .max / 2, .max].map { wait(.none, $0) } == [100, 100, 100].map { .nanoseconds($0) })
    }
}
