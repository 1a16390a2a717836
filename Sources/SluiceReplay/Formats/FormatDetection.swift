import Sluice

/// Tells what a log is by trying every format on its first lines.
struct FormatDetection {
    /// Lines that are tried.
    static let maximumLines = 50

    let policy: Policy
    let mapping: FieldMapping
    let callerKey: DescriptorKey?

    /// The format that makes requests of most of the first lines; `nil` if none makes one.
    ///
    /// A file whose lines are all of another kind (only joins of a chat, say) goes to the format that knows them.
    func format(of head: [UInt8]) -> LogFormat? {
        let lines = firstLines(head)
        var best: (format: LogFormat, score: Int)?
        for format in LogFormat.allCases {
            let score = score(format, lines, head)
            if score > best?.score ?? 0 { best = (format, score) }
        }
        return best?.format
    }

    /// A parser for a log of a known format that begins with `head`.
    func parser(for format: LogFormat, head: [UInt8], plan: FieldPlan) throws(ReplayError) -> any LineParser {
        switch format {
        case .access: return AccessLogParser(plan: plan)
        case .irc: return ChatLogParser(plan: plan)
        case .json: return JSONLinesParser(plan: plan, mapping: mapping)
        case .csv:
            let header = firstLines(head).first ?? []
            let result: Result<CSVParser, ReplayError> = header.withUnsafeBytes { bytes in
                Result { () throws(ReplayError) in try CSVParser(header: bytes, plan: plan, mapping: mapping) }
            }
            return try result.get()
        }
    }

    /// The keys to read of a log of this format.
    func plan(for format: LogFormat) -> FieldPlan {
        let firstCounted = policy.rules.lazy.compactMap(\.keys.first).first
        return FieldPlan(policy: policy, callerKey: callerKey ?? format.callerKey ?? firstCounted ?? .user)
    }

    /// When the first request in `head` came.
    func firstTime(in head: [UInt8], parser: any LineParser, plan: FieldPlan) -> Int64? {
        var parser = parser
        let batch = Batch(plan: plan)
        for line in firstLines(head) {
            let verdict = line.withUnsafeBytes { bytes in
                batch.beginLine()
                return parser.parse(bytes, into: batch)
            }
            if case .request(let time) = verdict { return time }
        }
        return nil
    }

    private func score(_ format: LogFormat, _ lines: [[UInt8]], _ head: [UInt8]) -> Int {
        let plan = plan(for: format)
        guard var parser = try? parser(for: format, head: head, plan: plan) else { return 0 }
        let batch = Batch(plan: plan)
        var score = 0
        for line in lines {
            batch.reset()
            batch.beginLine()
            let verdict = line.withUnsafeBytes { parser.parse($0, into: batch) }
            switch verdict {
            case .request: score += 3
            case .other: score += 1
            case .malformed: break
            }
        }
        return score
    }

    private func firstLines(_ head: [UInt8]) -> [[UInt8]] {
        head.split(separator: 0x0a, maxSplits: Self.maximumLines, omittingEmptySubsequences: true)
            .prefix(Self.maximumLines)
            .map { $0.last == 0x0d ? Array($0.dropLast()) : Array($0) }
    }
}
