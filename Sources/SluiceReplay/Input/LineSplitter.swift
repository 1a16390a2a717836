/// What has been seen of the lines of one log.
struct LineCounts {
    /// A malformed line, for whoever wants to know why.
    struct Sample: Hashable, Sendable {
        var number: Int
        var reason: String
        var text: String
    }

    /// How many malformed lines are kept to be shown.
    static let maximumSamples = 5
    /// How much of such a line is kept.
    static let sampleBytes = 120

    var lines = 0
    var malformed = 0
    /// Good lines that are no requests.
    var other = 0
    /// Requests before or after the time that is asked for.
    var outside = 0
    var samples: [Sample] = []

    mutating func addMalformed(_ line: UnsafeRawBufferPointer, _ reason: StaticString) {
        malformed += 1
        guard samples.count < Self.maximumSamples else { return }
        let shown = UnsafeRawBufferPointer(rebasing: line.prefix(Self.sampleBytes))
        samples.append(
            Sample(number: lines, reason: "\(reason)", text: shown.text + (line.count > shown.count ? "…" : "")))
    }
}

/// Cuts blocks into lines and hands them to a parser.
enum LineSplitter {
    /// A longer line is malformed; it is passed over, not kept.
    static let maximumLine = 1 << 16

    /// Reads whole lines until the block ends or the batch is full.
    /// - Parameter isLast: Whether the block's last line may lack its end.
    /// - Returns: How many bytes were read.
    @inline(__always)
    static func read(
        _ block: UnsafeRawBufferPointer, isLast: Bool, with parser: inout some LineParser, into batch: Batch,
        within span: ClosedRange<Int64>, counts: inout LineCounts
    ) -> Int {
        var consumed = 0
        while consumed < block.count, !batch.isFull {
            let rest = UnsafeRawBufferPointer(rebasing: block[consumed...])
            guard let length = parser.lengthOfLine(rest) ?? (isLast ? rest.count : nil) else { break }
            var count = length
            if count > 0, rest[count - 1] == 0x0a { count -= 1 }
            if count > 0, rest[count - 1] == 0x0d { count -= 1 }
            consumed += length
            counts.lines += 1
            guard count > 0 else { continue }
            let line = UnsafeRawBufferPointer(rebasing: rest[..<count])
            guard count <= maximumLine else {
                counts.addMalformed(line, "longer than 64 KiB")
                continue
            }
            batch.beginLine()
            switch parser.parse(line, into: batch) {
            case .request(let time):
                if span.contains(time) { batch.commit(time: time) } else { counts.outside += 1 }
            case .other: counts.other += 1
            case .malformed(let reason): counts.addMalformed(line, reason)
            }
        }
        return consumed
    }
}
