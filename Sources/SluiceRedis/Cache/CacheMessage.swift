import NIOCore
import SluiceCache

/// What instances tell each other: who, of what kind, and which name, tag or pattern as Redis sees it.
struct CacheMessage: Equatable {
    enum Kind: Character {
        case plainName = "n"
        case hashedName = "N"
        case plainTag = "t"
        case hashedTag = "T"
        case pattern = "p"
        case everything = "a"
    }

    let sender: UInt64
    let kind: Kind
    let subject: String

    init(sender: UInt64, _ scope: CacheScope, _ layout: CacheKeyLayout) {
        self.sender = sender
        let isHashed = layout.names == .hashed
        switch scope {
        case .name(let name): (kind, subject) = (isHashed ? .hashedName : .plainName, layout.written(name))
        case .tag(let tag): (kind, subject) = (isHashed ? .hashedTag : .plainTag, layout.written(tag))
        case .matching(let pattern): (kind, subject) = (.pattern, pattern)
        case .everything: (kind, subject) = (.everything, "")
        }
    }

    init?(_ bytes: ByteBuffer) {
        let text = String(buffer: bytes)
        guard text.utf8.count >= 17, let sender = UInt64(text.prefix(16), radix: 16),
            let kind = Kind(rawValue: text[text.index(text.startIndex, offsetBy: 16)])
        else { return nil }
        self.sender = sender
        self.kind = kind
        subject = String(text.dropFirst(17))
        if kind == .hashedName || kind == .hashedTag, CacheKeyLayout.low(subject) == nil { return nil }
    }

    var bytes: ByteBuffer { ByteBuffer(string: "\(CacheKeyLayout.digits(sender))\(kind.rawValue)\(subject)") }

    /// What it forgets in memory.
    func mark(_ hasher: NameHasher) -> CacheMark {
        switch kind {
        case .plainName: .name(hasher.digest(subject).low)
        case .hashedName: .name(CacheKeyLayout.low(subject) ?? 0)
        case .plainTag: .tag(hasher.digest(subject).low)
        case .hashedTag: .tag(CacheKeyLayout.low(subject) ?? 0)
        case .pattern: .matching(subject)
        case .everything: .everything
        }
    }
}
