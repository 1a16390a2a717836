import NIOCore
import Sluice
import SluiceCache

/// What lies in Redis under a name: a value with what it depends on, or that the name was invalidated.
///
/// | bytes | |
/// |---|---|
/// | 1 | `V` a value, `A` that there is none, `X` invalidated; in small letters, another form than this |
/// | 8 | version: both are compared before it is replaced |
/// | 8 | milliseconds that it stays after it has become stale |
/// | 8 | microseconds that loading took |
/// | 8 | the number of the last pattern that was invalidated when the load began |
/// | 1 | tags; then for each the length of its name in two bytes, the name, and its generation in eight |
/// | … | the value |
struct StoredValue: Equatable {
    struct Tag: Equatable {
        /// As Redis sees it.
        var name: String
        /// Which generation held when the load began; 0 if none was ever invalidated.
        var generation: UInt64
    }

    enum Kind: UInt8 {
        case value = 0x56
        case absent = 0x41
        case invalidated = 0x58
    }

    /// How many bytes tell one value from another.
    static let headLength = 9

    var kind: Kind
    var version: UInt64
    var keptStale: Duration = .zero
    var loadTime: Duration = .zero
    var number: UInt64 = 0
    var tags: [Tag] = []
    var content: [UInt8] = []

    /// What an invalidated name has.
    static func tombstone() -> StoredValue { StoredValue(kind: .invalidated, version: .random(in: 1 ... .max)) }

    init(kind: Kind, version: UInt64) {
        self.kind = kind
        self.version = version
    }

    init(_ record: CacheTierRecord, tags: [Tag], number: UInt64) {
        kind = record.content == nil ? .absent : .value
        version = record.version
        keptStale = record.keptStaleFor
        loadTime = record.loadTime
        content = record.content ?? []
        self.tags = tags
        self.number = number
    }

    /// Reads what ``bytes`` writes.
    init?(_ bytes: ByteBuffer) {
        var bytes = bytes
        guard let first: UInt8 = bytes.readInteger(), let kind = Kind(rawValue: first),
            let version: UInt64 = bytes.readInteger(), let stale: Int64 = bytes.readInteger(),
            let load: Int64 = bytes.readInteger(), let number: UInt64 = bytes.readInteger(),
            let count: UInt8 = bytes.readInteger()
        else { return nil }
        self.init(kind: kind, version: version)
        keptStale = .milliseconds(stale)
        loadTime = .microseconds(load)
        self.number = number
        for _ in 0..<count {
            guard let length: UInt16 = bytes.readInteger(), let name = bytes.readString(length: Int(length)),
                let generation: UInt64 = bytes.readInteger()
            else { return nil }
            tags.append(Tag(name: name, generation: generation))
        }
        content = Array(bytes.readableBytesView)
    }

    var bytes: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(kind.rawValue)
        buffer.writeInteger(version)
        buffer.writeInteger(keptStale.millisecondsRoundedUp)
        buffer.writeInteger(loadTime.wholeNanoseconds / 1_000)
        buffer.writeInteger(number)
        buffer.writeInteger(UInt8(clamping: tags.count))
        for tag in tags.prefix(Int(UInt8.max)) {
            buffer.writeInteger(UInt16(clamping: tag.name.utf8.count))
            buffer.writeString(String(tag.name.prefix(Int(UInt16.max))))
            buffer.writeInteger(tag.generation)
        }
        buffer.writeBytes(content)
        return buffer
    }
}
