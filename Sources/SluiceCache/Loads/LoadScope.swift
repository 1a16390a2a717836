internal import Sluice

/// The numbers that a name and its tags are known by.
struct LoadMarks: Sendable, Hashable {
    var hash: UInt64
    var tags: [UInt64] = []

    /// These, and tags that a value turned out to have.
    func adding(_ others: [UInt64]) -> LoadMarks {
        LoadMarks(hash: hash, tags: tags + others.filter { !tags.contains($0) })
    }
}

/// What an invalidation includes.
enum LoadScope: Sendable {
    case name(UInt64)
    case tag(UInt64)
    case matching(Pattern)
    case everything

    init(_ mark: CacheMark) {
        switch mark {
        case .name(let hash): self = .name(hash)
        case .tag(let hash): self = .tag(hash)
        case .matching(let pattern): self = .matching(Pattern(pattern))
        case .everything: self = .everything
        }
    }

    init(_ scope: CacheScope, _ hasher: NameHasher) {
        switch scope {
        case .name(let name): self = .name(hasher.hash(name))
        case .tag(let tag): self = .tag(hasher.hash(tag))
        case .matching(let pattern): self = .matching(Pattern(pattern))
        case .everything: self = .everything
        }
    }

    /// Whether a name with these marks is included.
    func includes(_ name: String, _ marks: LoadMarks) -> Bool {
        switch self {
        case .name(let hash): marks.hash == hash
        case .tag(let hash): marks.tags.contains(hash)
        case .matching(let pattern): pattern.matches(name)
        case .everything: true
        }
    }
}
