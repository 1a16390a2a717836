/// Draws tasks and think times; what it draws follows from its seed.
///
/// Source of the generator: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct LoadDice: RandomNumberGenerator {
    private var state: UInt64
    /// The sum of the weights up to and with each task.
    private let bounds: [Int]
    private let shortest: Int64
    private let longest: Int64

    init(_ plan: LoadPlan, user: Int) {
        state = plan.seed
        var sum = 0
        bounds = plan.tasks.map { task in
            sum += task.weight
            return sum
        }
        shortest = plan.thinkTime.lowerBound.wholeNanoseconds
        longest = plan.thinkTime.upperBound.wholeNanoseconds
        // Neighbours of one seed begin far from each other.
        state = next() ^ UInt64(user)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// The number of a task.
    mutating func task() -> Int {
        guard bounds.count > 1 else { return 0 }
        let drawn = Int.random(in: 0..<bounds[bounds.count - 1], using: &self)
        return bounds.firstIndex { drawn < $0 } ?? 0
    }

    /// How long to think, in nanoseconds.
    mutating func pause() -> Int64 { shortest == longest ? shortest : .random(in: shortest...longest, using: &self) }
}
