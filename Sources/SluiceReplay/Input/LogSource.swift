import Sluice

/// One log of a replay: knows its format and when it begins, and delivers its requests in batches.
///
/// A regular file is closed again after its first look and opened when its turn comes, so that hundreds of
/// rotated files do not need hundreds of descriptors.
final class LogSource {
    let name: String
    let format: LogFormat
    let plan: FieldPlan
    /// The size on disk of a regular file.
    let size: Int?
    private(set) var counts = LineCounts()
    /// What went wrong while reading, such as a compressed file that breaks off.
    private(set) var problem: String?
    private(set) var isAtEnd = false
    /// The latest moment read so far, or the first one before anything was read, on the replay's time line.
    var latest: Int64
    /// A batch that had to be read to understand the one before it.
    var ahead: Batch?
    /// From this log's time to the replay's time line.
    var shift: Int64 = 0

    private let path: String
    private let span: ClosedRange<Int64>
    private var parser: any LineParser
    private var input: ByteInput?
    /// The beginning of a line whose end is in the next block.
    private var carried: [UInt8] = []
    private var isSkippingLine = false

    /// Looks at a log: reads as much of it as its format takes to tell.
    init(
        path: String, format forced: LogFormat?, detection: FormatDetection, within span: ClosedRange<Int64>,
        input given: ByteInput? = nil
    ) throws(ReplayError) {
        let input = if let given { given } else { try ByteInput(path: path) }
        // A log of nothing is a log of any format.
        guard let format = forced ?? detection.format(of: input.head) ?? (input.head.isEmpty ? .access : nil) else {
            throw ReplayError(
                .unknownFormat,
                "cannot tell the format of \(input.name): none of its first lines is a request in any that is known; "
                    + "say which with --format \(LogFormat.allCases.map(\.rawValue).joined(separator: "|")), "
                    + "and where the time is with --field time=NAME")
        }
        self.path = path
        self.format = format
        self.span = span
        name = input.name
        size = input.size
        plan = detection.plan(for: format)
        do {
            parser = try detection.parser(for: format, head: input.head, plan: plan)
        } catch {
            throw ReplayError(error.code, "\(input.name): \(error.message)")
        }
        latest = detection.firstTime(in: input.head, parser: parser, plan: plan) ?? .min
        problem = input.problem
        self.input = input.isRegular && path != "-" && given == nil ? nil : input
    }

    /// Whether there is nothing more to deliver.
    var isFinished: Bool { isAtEnd && ahead == nil }

    /// How many bytes of the file, as it lies on disk, have been read.
    var consumed: Int { isAtEnd ? size ?? 0 : input?.consumed ?? 0 }

    /// Fills a batch with the next requests; an empty one does not mean that the log is at its end.
    func fill(_ batch: Batch) throws(ReplayError) {
        batch.reset()
        let input = try opened()
        carried.withUnsafeBytes { batch.buffer.copyMemory(from: $0) }
        let got = try input.read(into: UnsafeMutableRawBufferPointer(rebasing: batch.buffer[carried.count...]))
        batch.byteCount = carried.count + got
        let isLast = batch.byteCount < batch.buffer.count
        var block = UnsafeRawBufferPointer(rebasing: batch.buffer[..<batch.byteCount])
        if isSkippingLine { block = skipLine(block) }
        let read = parser.readLines(block, isLast: isLast, into: batch, within: span, counts: &counts)
        var rest = UnsafeRawBufferPointer(rebasing: block[read...])
        if !batch.isFull, rest.count > LineSplitter.maximumLine {
            counts.lines += 1
            counts.addMalformed(rest, "longer than 64 KiB")
            isSkippingLine = true
            rest = UnsafeRawBufferPointer(start: nil, count: 0)
        }
        carried.removeAll(keepingCapacity: true)
        carried.append(contentsOf: rest)
        if isLast, carried.isEmpty {
            isAtEnd = true
            problem = input.problem
            self.input = nil
        }
    }

    private func opened() throws(ReplayError) -> ByteInput {
        if let input { return input }
        let opened = try ByteInput(path: path)
        input = opened
        return opened
    }

    /// What follows the end of a line that was too long to keep.
    private func skipLine(_ block: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var cursor = ByteCursor(block)
        guard cursor.take(until: 0x0a) != nil else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        isSkippingLine = false
        return cursor.rest
    }
}
