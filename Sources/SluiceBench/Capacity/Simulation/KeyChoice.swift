import Foundation

/// Which keys are asked for: by a Zipf distribution, and one of them more often.
struct KeyChoice {
    private let sums: [Double]
    private let hottestShare: Double
    private let keys: Int

    init(_ scene: CapacityScene) {
        keys = scene.keys
        hottestShare = scene.hottestShare
        guard scene.exponent > 0 else {
            sums = []
            return
        }
        var sum = 0.0
        sums = (1...scene.keys).map { number in
            sum += pow(Double(number), -scene.exponent)
            return sum
        }
    }

    /// The share of all commands that are about a key.
    func share(of key: Int) -> Double {
        let usual = sums.last.map { (sums[key] - (key > 0 ? sums[key - 1] : 0)) / $0 } ?? 1 / Double(keys)
        return usual * (1 - hottestShare) + (key == 0 ? hottestShare : 0)
    }

    func next(_ random: inout SimulationRandom) -> Int {
        if hottestShare > 0, random.unit() < hottestShare { return 0 }
        guard let all = sums.last else { return Int(random.next() % UInt64(keys)) }
        let wanted = random.unit() * all
        var (low, high) = (0, keys - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The hash tag of a key: the upper bits of a hash, as in the store's layout.
    static func tag(of key: Int, tags: Int) -> Int {
        var hash = SimulationRandom(seed: UInt64(truncatingIfNeeded: key))
        return tags > 1 ? Int(hash.next() >> 57) % tags : 0
    }
}

/// Random numbers that follow from a seed: SplitMix64 (Steele, Lea, Flood, 2014).
struct SimulationRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// From 0 to 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A pause before the next of those who come at random, so many in a second.
    mutating func pause(rate: Double) -> Double { -log(1 - unit()) / rate }
}
