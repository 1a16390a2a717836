import SluiceCache

/// Where in Redis a cache keeps what.
///
/// ```
/// prefix:v:NAME      a value, or that the name was invalidated
/// prefix:t:TAG       which generation of the tag holds
/// prefix:l:NAME      the right to load it
/// prefix:patterns    which patterns were invalidated, and when
/// prefix:told        the channel of invalidations
/// ```
struct CacheKeyLayout: Sendable {
    let prefix: String
    let names: RedisCacheStore.Names
    let hasher: NameHasher

    var channel: String { "\(prefix):told" }
    var patterns: String { "\(prefix):patterns" }

    func value(_ name: String) -> String { "\(prefix):v:\(written(name))" }
    func lock(_ name: String) -> String { "\(prefix):l:\(written(name))" }
    /// - Parameter written: As ``written(_:)`` writes it.
    func tag(written: String) -> String { "\(prefix):t:\(written)" }

    /// A name or a tag as Redis sees it.
    func written(_ name: String) -> String {
        switch names {
        case .plain: return name
        case .hashed:
            let digest = hasher.digest(name)
            return Self.digits(digest.high) + Self.digits(digest.low)
        }
    }

    /// The number by which memory knows a name or a tag that was written; `nil` if nobody writes such a one.
    func mark(written: String) -> UInt64? {
        switch names {
        case .plain: hasher.digest(written).low
        case .hashed: Self.low(written)
        }
    }

    /// The lower half of a digest that was written.
    static func low(_ digits: String) -> UInt64? {
        digits.utf8.count == 32 ? UInt64(digits.suffix(16), radix: 16) : nil
    }

    /// The pattern by which Redis finds the values that match a pattern of ours, in which only `*` is special.
    func values(matching pattern: String) -> String {
        var escaped = ""
        for character in "\(prefix):v:\(pattern)" {
            if "?[]\\^".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }

    static func digits(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
