import NIOCore
import Sluice

/// Which patterns were invalidated lately, as Redis remembers it.
struct PatternLog: Equatable {
    /// What is older than this is invalid.
    private(set) var floor: UInt64 = 0
    private(set) var patterns: [(number: UInt64, pattern: Pattern)] = []

    /// Reads what ``CacheScripts/remember`` writes; nothing was invalidated if there is nothing.
    init(_ bytes: ByteBuffer?) {
        guard let bytes else { return }
        for line in String(buffer: bytes).split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard let number = parts.first.flatMap({ UInt64($0) }) else { continue }
            if parts.count == 2 {
                patterns.append((number, Pattern(String(parts[1]))))
            } else {
                floor = number
            }
        }
    }

    /// The number of the last invalidation.
    var last: UInt64 { max(floor, patterns.last?.number ?? 0) }

    /// Whether a value holds that was loaded when another number was the last.
    func holds(_ name: String, since number: UInt64) -> Bool {
        guard number < last else { return true }
        guard number >= floor else { return false }
        return !patterns.contains { $0.number > number && $0.pattern.matches(name) }
    }

    static func == (a: PatternLog, b: PatternLog) -> Bool {
        a.floor == b.floor
            && a.patterns.elementsEqual(b.patterns) { $0.number == $1.number && $0.pattern == $1.pattern }
    }
}
