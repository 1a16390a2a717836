/// Chunks of 64 bytes for the states that do not fit into a cell: a link and 60 bytes of data.
///
/// Freed chunks are used again before new memory is touched. Chunk 0 is never handed out: it means none.
struct LogSlab: ~Copyable {
    static let chunkBytes = 64
    static let dataBytes = 60
    /// The most chunks that a cell's 24 bits can name.
    static let most = 1 << 24

    private let base: UnsafeMutableRawPointer
    private let capacity: UInt32
    private var used: UInt32 = 1
    private var firstFree: UInt32 = 0
    private var freeCount: UInt32 = 0

    /// - Parameter base: zeroed memory of `capacity` chunks.
    init(base: UnsafeMutableRawPointer, capacity: Int) {
        self.base = base
        self.capacity = UInt32(min(capacity, Self.most))
    }

    /// Chunks that can still be handed out.
    var available: Int { Int(capacity) - Int(used) + Int(freeCount) }

    /// Chunks in use.
    var inUse: Int { Int(used) - 1 - Int(freeCount) }

    /// A chunk whose data is undefined; the caller has made sure that one is ``available``.
    mutating func allocate() -> UInt32 {
        if firstFree != 0 {
            let chunk = firstFree
            firstFree = link(of: chunk)
            freeCount &-= 1
            return chunk
        }
        precondition(used < capacity, "no chunk is available")
        defer { used &+= 1 }
        return used
    }

    mutating func free(_ chunk: UInt32) {
        setLink(of: chunk, to: firstFree)
        firstFree = chunk
        freeCount &+= 1
    }

    /// The data of a chunk.
    @inline(__always)
    func data(of chunk: UInt32) -> UnsafeMutableRawPointer {
        start(of: chunk) + (Self.chunkBytes - Self.dataBytes)
    }

    @inline(__always)
    func link(of chunk: UInt32) -> UInt32 {
        start(of: chunk).load(as: UInt32.self)
    }

    @inline(__always)
    func setLink(of chunk: UInt32, to next: UInt32) {
        start(of: chunk).storeBytes(of: next, as: UInt32.self)
    }

    @inline(__always)
    private func start(of chunk: UInt32) -> UnsafeMutableRawPointer {
        base + Int(truncatingIfNeeded: chunk) &* Self.chunkBytes
    }
}
