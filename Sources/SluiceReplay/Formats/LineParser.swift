import Sluice

/// What a line of a log turned out to be.
enum LineVerdict {
    /// A request at this moment, with its values in the batch.
    case request(time: Int64)
    /// Not a request, though a good line, such as somebody joining a chat.
    case other
    /// Neither; why is told to whoever reads the report.
    case malformed(StaticString)
}

/// Reads the lines of one format: puts the values that the batch's plan asks for into the batch.
protocol LineParser {
    mutating func parse(_ line: UnsafeRawBufferPointer, into batch: Batch) -> LineVerdict

    /// How many bytes the line at the beginning of these has, its end included; `nil` if its end is not among them.
    func lengthOfLine(_ bytes: UnsafeRawBufferPointer) -> Int?

    /// Reads the lines of a block; see ``LineSplitter/read(_:isLast:with:into:within:counts:)``.
    ///
    /// A requirement, so that the loop is compiled for each parser and calls it directly.
    mutating func readLines(
        _ block: UnsafeRawBufferPointer, isLast: Bool, into batch: Batch, within span: ClosedRange<Int64>,
        counts: inout LineCounts
    ) -> Int
}

extension LineParser {
    mutating func readLines(
        _ block: UnsafeRawBufferPointer, isLast: Bool, into batch: Batch, within span: ClosedRange<Int64>,
        counts: inout LineCounts
    ) -> Int {
        LineSplitter.read(block, isLast: isLast, with: &self, into: batch, within: span, counts: &counts)
    }

    @inline(__always)
    func lengthOfLine(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var cursor = ByteCursor(bytes)
        return cursor.take(until: 0x0a).map { $0.count + 1 }
    }
}
