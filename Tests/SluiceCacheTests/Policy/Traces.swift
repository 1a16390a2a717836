import SluiceTesting

/// Keys in the order in which they are asked for.
enum Traces {
    /// The n-th key is asked for in proportion to 1 / n to the exponent.
    static func zipf(keys: Int, exponent: Double, length: Int, seed: UInt64) -> [Int] {
        var random = SplitMix64(seed: seed)
        var sums: [Double] = []
        var sum = 0.0
        for key in 1...keys {
            sum += power(Double(key), -exponent)
            sums.append(sum)
        }
        return (0..<length).map { _ in
            let point = Double.random(in: 0..<sum, using: &random)
            return sums.partition { $0 > point }
        }
    }

    /// All keys in turn, again and again.
    static func loop(keys: Int, length: Int) -> [Int] { (0..<length).map { $0 % keys } }

    /// A Zipf trace that is interrupted by runs of keys that nobody asks for a second time.
    static func scans(keys: Int, length: Int, scanLength: Int, every: Int, seed: UInt64) -> [Int] {
        var trace: [Int] = []
        var fresh = 1_000_000
        for (place, key) in zipf(keys: keys, exponent: 0.8, length: length, seed: seed).enumerated() {
            trace.append(key)
            guard place % every == every - 1 else { continue }
            trace += fresh..<(fresh + scanLength)
            fresh += scanLength
        }
        return trace
    }

    /// By squaring and halving: exponents here are multiples of a tenth.
    private static func power(_ base: Double, _ exponent: Double) -> Double {
        var tenth = base.squareRoot().squareRoot()
        // Newton's method for the tenth root, from a guess above it.
        for _ in 0..<60 {
            var ninth = 1.0
            for _ in 0..<9 { ninth *= tenth }
            tenth = (9 * tenth + base / ninth) / 10
        }
        var result = 1.0
        for _ in 0..<Int((exponent.magnitude * 10).rounded()) { result *= tenth }
        return exponent < 0 ? 1 / result : result
    }
}

extension [Double] {
    /// The first place whose value satisfies a condition that all later ones satisfy too.
    fileprivate func partition(_ isBehind: (Double) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// A cache that drops what was used longest ago, to compare with.
enum LeastRecent {
    /// Hits of a hundred questions.
    static func hitShare(of keys: [Int], entries: Int) -> Double {
        var lastUse: [Int: Int] = [:]
        var keyOfUse: [Int: Int] = [:]
        var oldest = 0
        var hits = 0
        for (moment, key) in keys.enumerated() {
            if let use = lastUse[key] {
                hits += 1
                keyOfUse[use] = nil
            } else if lastUse.count == entries {
                while keyOfUse[oldest] == nil { oldest += 1 }
                lastUse[keyOfUse.removeValue(forKey: oldest)!] = nil
            }
            lastUse[key] = moment
            keyOfUse[moment] = key
        }
        return 100 * Double(hits) / Double(keys.count)
    }
}
