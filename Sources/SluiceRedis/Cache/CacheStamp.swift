import NIOCore
import Sluice

/// What was read before a load began, to be compared when its result is kept.
struct CacheStamp: Equatable {
    /// The first bytes of what lay under the name; none if nothing did.
    var head: [UInt8]
    /// The number of the last pattern.
    var number: UInt64
    /// The generations of the tags, by their names as Redis sees them.
    var tags: [StoredValue.Tag]
    /// When it was read, by this instance's steady clock: what is too old is compared with marks that may be gone.
    var readAt: Timestamp

    init(head: [UInt8], number: UInt64, tags: [StoredValue.Tag], readAt: Timestamp) {
        self.readAt = readAt
        self.head = head
        self.number = number
        self.tags = tags
    }

    init?(_ bytes: [UInt8]) {
        var buffer = ByteBuffer(bytes: bytes)
        guard let length: UInt8 = buffer.readInteger(), let head = buffer.readBytes(length: Int(length)),
            let number: UInt64 = buffer.readInteger(), let readAt: Int64 = buffer.readInteger(),
            let count: UInt16 = buffer.readInteger()
        else { return nil }
        self.init(head: head, number: number, tags: [], readAt: Timestamp(nanoseconds: readAt))
        for _ in 0..<count {
            guard let length: UInt16 = buffer.readInteger(), let name = buffer.readString(length: Int(length)),
                let generation: UInt64 = buffer.readInteger()
            else { return nil }
            tags.append(StoredValue.Tag(name: name, generation: generation))
        }
    }

    var bytes: [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt8(head.count))
        buffer.writeBytes(head)
        buffer.writeInteger(number)
        buffer.writeInteger(readAt.nanoseconds)
        buffer.writeInteger(UInt16(tags.count))
        for tag in tags {
            buffer.writeInteger(UInt16(tag.name.utf8.count))
            buffer.writeString(tag.name)
            buffer.writeInteger(tag.generation)
        }
        return Array(buffer.readableBytesView)
    }
}
