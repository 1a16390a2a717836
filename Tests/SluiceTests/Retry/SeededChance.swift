import SluiceTesting
import Synchronization

/// Chance that a test can repeat, for what takes 64 random bits from anywhere.
final class SeededChance: Sendable {
    private let generator: Mutex<SplitMix64>

    init(seed: UInt64) { generator = Mutex(SplitMix64(seed: seed)) }

    func next() -> UInt64 { generator.withLock { $0.next() } }
}
