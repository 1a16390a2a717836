import Foundation
public import Sluice

/// Yesterday's traffic against tomorrow's policy: decides every request of a log on the log's own time and reports who
/// would have been denied, by which rule, how much and when.
///
/// ```swift
/// let file = try PolicyFile(contentsOf: "sluice.yaml")
/// let report = try Replay(policy: file.policies[0]).run(["access.log.1.gz", "access.log"])
/// print(report.denied, "of", report.requests)
/// ```
///
/// Memory is bounded whatever the length of the logs and the number of callers. For decisions about live traffic use
/// ``Limiter``; a replay is synchronous and takes one thread.
public struct Replay {
    /// What to read and how much to tell.
    public struct Options: Sendable {
        /// The format of all logs; `nil` tells it from each log's first lines.
        public var format: LogFormat?
        /// Where JSON lines and CSV files have their fields.
        public var mapping: FieldMapping
        /// The descriptor key whose values are the callers of the report; by default `ip` of access logs, `user` of
        /// chat logs, else the first key that the policy counts by.
        public var caller: DescriptorKey?
        /// Only requests from this moment on, by the log's time.
        public var from: Timestamp?
        /// Only requests before this moment, by the log's time.
        public var until: Timestamp?
        /// How many of the busiest and the most denied callers to name.
        public var top = 10
        /// How many callers are counted exactly, for the whole and for each rule; beyond, a sample of them is.
        public var exactCallers = 1 << 18
        /// The most cells of the store that decides.
        public var cells = 1 << 22

        /// The usual.
        public init() { mapping = FieldMapping() }
    }

    /// How far a replay is.
    public struct Progress: Sendable {
        /// Lines read so far.
        public var lines: Int
        /// Bytes read so far of the regular files among the logs, as they lie on disk.
        public var bytes: Int
        /// The size of all logs; `nil` if one of them is no regular file.
        public var totalBytes: Int?
    }

    /// The policy.
    public let policy: Policy
    /// What to read and how much to tell.
    public let options: Options

    /// A replay against a policy.
    public init(policy: Policy, options: Options = Options()) {
        self.policy = policy
        self.options = options
    }

    /// Reads logs to their ends.
    /// - Parameters:
    ///   - paths: Files, plain or compressed by gzip; `-` is standard input. Several are merged by time.
    ///   - progress: Called now and then.
    /// - Throws: ``ReplayError`` if a log cannot be read or its format not told, `SluiceError` for a policy that is
    ///   not valid. Single bad lines are counted, not thrown.
    /// - Complexity: O(lines × rules) time; memory as bounded by the options.
    public func run(_ paths: [String], progress: (Progress) -> Void = { _ in }) throws -> ReplayReport {
        try checkCaller()
        let sources = try paths.map { path in
            try LogSource(path: path, format: options.format, detection: detection, within: span)
        }
        return try run(sources, progress: progress)
    }

    func run(_ sources: [LogSource], progress: (Progress) -> Void) throws -> ReplayReport {
        let tally = try Tally(policy: policy, exactCallers: options.exactCallers, cells: options.cells)
        var timeline = Timeline(sources: sources)
        let clock = ContinuousClock()
        let start = clock.now
        var lastShown = start
        while try timeline.advance({ batch, request, now in tally.take(batch, request, at: now) }) {
            let now = clock.now
            guard now - lastShown > .milliseconds(100) else { continue }
            lastShown = now
            progress(Self.progress(of: sources))
        }
        progress(Self.progress(of: sources))
        let elapsed = clock.now - start
        return ReportBuilder(tally: tally, timeline: timeline, options: options).report(elapsed: elapsed)
    }

    var detection: FormatDetection {
        FormatDetection(policy: policy, mapping: options.mapping, callerKey: options.caller)
    }

    /// The moments that are asked for.
    var span: ClosedRange<Int64> {
        let first = options.from?.nanoseconds ?? .min
        let last = options.until.map { $0.nanoseconds.saturatingSubtracting(1) } ?? .max
        return first...max(first, last)
    }

    private func checkCaller() throws(ReplayError) {
        let keys = policy.descriptorKeys
        guard keys.count <= Descriptor.maximumEntries else {
            throw ReplayError(
                .invalidOption,
                "policy '\(policy.name)' looks at \(keys.count) descriptor keys, and a request has "
                    + "\(Descriptor.maximumEntries) at most")
        }
        if let from = options.from, let until = options.until, until <= from {
            throw ReplayError(.invalidOption, "--to must be later than --from")
        }
    }

    private static func progress(of sources: [LogSource]) -> Progress {
        var progress = Progress(lines: 0, bytes: 0, totalBytes: 0)
        for source in sources {
            progress.lines += source.counts.lines
            progress.bytes += source.consumed
            progress.totalBytes = progress.totalBytes.flatMap { total in source.size.map { total + $0 } }
        }
        return progress
    }
}

extension Timestamp {
    /// A moment in any of the forms that logs have: ISO 8601, seconds or milliseconds since 1970, or an access log's.
    public init?(logTime text: String) {
        var text = text
        guard let time = text.withUTF8({ LogTime.parse(UnsafeRawBufferPointer($0)) }) else { return nil }
        self.init(nanoseconds: time)
    }
}
