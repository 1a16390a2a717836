import Sluice

/// A block of a log and the requests found in it, whose values point into the block.
///
/// All of its memory is taken once and used again for later blocks; a value that cannot be used where it lies
/// (it has escapes, or is too long) is rewritten into scraps, which live as long as the block's requests.
///
/// Invariants: `lineCount <= maximumLines`, `entryCount <= maximumLines × plan.count`, and every entry points into
/// the buffer's first `byteCount` bytes, into a scrap, or into the plan's names.
final class Batch {
    /// Bytes of a block. Fits into the second-level cache next to the requests found in it.
    static let maximumBytes = 1 << 17
    /// Requests found in one block; the rest of the block goes into the next batch.
    static let maximumLines = 1 << 12

    /// A request: when it came, and its values.
    struct Request {
        /// As the log has it.
        var time: Int64
        var firstEntry: Int32
        var entryCount: Int16
        var hasCaller: Bool
    }

    let plan: FieldPlan
    let buffer: UnsafeMutableRawBufferPointer
    private let entries: UnsafeMutablePointer<RawEntry>
    let requests: UnsafeMutablePointer<Request>
    /// The values of the line that is being read, by their place in the plan.
    let values: UnsafeMutablePointer<UnsafeRawBufferPointer>
    private var scraps: [UnsafeMutableRawBufferPointer] = []

    var byteCount = 0
    private(set) var lineCount = 0
    private var entryCount = 0
    /// Values that were longer than a decision accepts.
    private(set) var shortened = 0
    /// Requests not decided yet.
    var outstanding = 0

    init(plan: FieldPlan) {
        self.plan = plan
        buffer = .allocate(byteCount: Self.maximumBytes, alignment: 16)
        entries = .allocate(capacity: Self.maximumLines * plan.count)
        requests = .allocate(capacity: Self.maximumLines)
        values = .allocate(capacity: plan.count)
        values.initialize(repeating: UnsafeRawBufferPointer(start: nil, count: 0), count: plan.count)
    }

    deinit {
        removeScraps()
        buffer.deallocate()
        entries.deallocate()
        requests.deallocate()
        values.deallocate()
    }

    var isFull: Bool { lineCount == Self.maximumLines }

    /// Forgets all requests and scraps.
    func reset() {
        removeScraps()
        (byteCount, lineCount, entryCount, shortened, outstanding) = (0, 0, 0, 0, 0)
    }

    /// Empties the values before a line is read.
    @inline(__always)
    func beginLine() {
        for index in 0..<plan.count { values[index] = UnsafeRawBufferPointer(start: nil, count: 0) }
    }

    /// Makes the values a request; empty ones are absent. The batch must not be full.
    @inline(__always)
    func commit(time: Int64) {
        let first = entryCount
        for index in 0..<plan.count where values[index].count > 0 {
            let value = values[index].count <= Descriptor.maximumBytes ? values[index] : shorten(values[index])
            (entries + entryCount).initialize(to: RawEntry(key: plan.name(index), value: value))
            entryCount += 1
        }
        (requests + lineCount).initialize(
            to: Request(
                time: time, firstEntry: Int32(first), entryCount: Int16(entryCount - first),
                hasCaller: values[0].count > 0))
        lineCount += 1
    }

    /// The values of a request, the caller's first if it has one.
    @inline(__always)
    func entries(of request: Request) -> UnsafeBufferPointer<RawEntry> {
        UnsafeBufferPointer(start: entries + Int(request.firstEntry), count: Int(request.entryCount))
    }

    /// Room for a rewritten value.
    func scrap(byteCount: Int) -> UnsafeMutableRawBufferPointer {
        let scrap = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 1)
        scraps.append(scrap)
        return scrap
    }

    /// The beginning of a value and a fingerprint of the whole, so that two long values that differ stay two.
    private func shorten(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        shortened += 1
        let scrap = scrap(byteCount: Descriptor.maximumBytes)
        let fingerprint = Fingerprint.hash(value)
        let kept = Descriptor.maximumBytes - 17
        scrap.copyMemory(from: UnsafeRawBufferPointer(rebasing: value[..<kept]))
        scrap[kept] = UInt8(ascii: "~")
        for digit in 0..<16 {
            let nibble = UInt8(truncatingIfNeeded: fingerprint >> UInt64(60 - 4 * digit)) & 15
            scrap[kept + 1 + digit] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
        }
        return UnsafeRawBufferPointer(scrap)
    }

    private func removeScraps() {
        for scrap in scraps { scrap.deallocate() }
        scraps.removeAll(keepingCapacity: true)
    }
}
