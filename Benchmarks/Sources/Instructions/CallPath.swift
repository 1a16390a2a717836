import Sluice

/// One way through Sluice, taken as often as it is told to.
///
/// Nothing in it is left to chance: keys are hashed with a secret that is always the same, moments are handed in, and
/// one thread does it all. So its instructions are the same from run to run.
struct CallPath: Sendable {
    let name: String
    /// What one passage does.
    let title: String
    let take: @Sendable (_ count: Int) async throws -> Void

    init(_ name: String, _ title: String, _ take: @escaping @Sendable (_ count: Int) async throws -> Void) {
        (self.name, self.title, self.take) = (name, title, take)
    }

    /// All that there are.
    static let all = decisions + calls + caches + hashes
}

/// The time line of all paths.
enum Moments {
    private static let first = 1_700_000_000_000_000_000
    /// A millisecond from one to the next. The 16 ns beyond it make one decision in 256 of those that Sluice times.
    static let step = 1_000_016
    /// As many as a flood has.
    static let shortStep = 16

    /// The moment of a passage.
    static func at(_ index: Int, step: Int = step) -> Timestamp { Timestamp(nanoseconds: Int64(first + index * step)) }
}

/// A time line that stands still, for what takes no moments.
struct StillTime: TimeProvider {
    func now() -> Timestamp { Moments.at(0) }
    func sleep(until moment: Timestamp) async throws { fatalError("nothing sleeps on a time line that stands still") }
}

/// Who asks: a thousand callers in turn, whose names have one length.
enum Callers {
    static let count = 1_000
    static func name(_ number: Int) -> String { "user:\(1_000_000 + number)" }
    static let names = (0..<count).map(name)
    static let requests: [Descriptor] = names.map { [.user: $0] }
}

/// A limiter whose keys lie where they lay in the last run.
func limiter(_ rules: [Rule]) throws -> Limiter {
    try Limiter([Policy("policy", rules: rules)], store: MemoryStore(holding: 1 << 20, secret: (1, 2)))
}
