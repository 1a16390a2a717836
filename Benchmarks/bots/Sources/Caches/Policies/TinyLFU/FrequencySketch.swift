/// How often each hash was asked for lately, approximately and in a few bytes: a count-min sketch of counters of
/// four bits, which are halved whenever the sample is full, so that yesterday's favourites are forgotten.
///
/// A hash's four counters lie in one block of 64 bytes. It never says too little, but for what was forgotten.
/// Sources: Einziger, Friedman, Manes, "TinyLFU: A Highly Efficient Cache Admission Policy" (2017); the layout is that
/// of Caffeine's `FrequencySketch`.
struct FrequencySketch {
    /// Counters of four bits, 16 in a word.
    private var words: ContiguousArray<UInt64>
    private let blockMask: Int
    /// How many counts are taken until all counters are halved.
    let sampleSize: Int
    private(set) var sampled = 0

    /// The most that a counter says.
    static let most = 15

    /// - Parameter capacity: How many entries the cache may hold.
    init(capacity: Int) {
        var size = 8
        while size < capacity { size <<= 1 }
        words = ContiguousArray(repeating: 0, count: size)
        blockMask = size / 8 - 1
        sampleSize = 10 * max(1, capacity)
    }

    /// How often a hash was asked for since it was forgotten, at most 15.
    func frequency(of hash: UInt64) -> Int {
        let block = Self.block(hash) & blockMask
        var least = UInt64(Self.most)
        for row in 0..<4 {
            let (word, shift) = Self.counter(hash, block, row)
            least = min(least, words[word] >> shift & 15)
        }
        return Int(least)
    }

    /// A hash was asked for.
    mutating func count(_ hash: UInt64) {
        let block = Self.block(hash) & blockMask
        var isCounted = false
        words.withUnsafeMutableBufferPointer { words in
            for row in 0..<4 {
                let (word, shift) = Self.counter(hash, block, row)
                guard words[word] >> shift & 15 != 15 else { continue }
                words[word] &+= 1 << shift
                isCounted = true
            }
        }
        guard isCounted else { return }
        sampled &+= 1
        if sampled >= sampleSize { age() }
    }

    private mutating func age() {
        var odd = 0
        for index in words.indices {
            odd += (words[index] & 0x1111_1111_1111_1111).nonzeroBitCount
            words[index] = words[index] >> 1 & 0x7777_7777_7777_7777
        }
        // What was cut off by halving odd counters, of which each count has up to four.
        sampled = (sampled - odd / 4) / 2
    }

    /// The middle bits choose the block; the lowest ones choose counters in it.
    private static func block(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 24 & 0x7fff_ffff) }

    private static func counter(_ hash: UInt64, _ block: Int, _ row: Int) -> (word: Int, shift: UInt64) {
        let bits = hash >> UInt64(row * 5)
        return (block * 8 + row * 2 + Int(bits & 1), (bits >> 1 & 15) * 4)
    }
}
