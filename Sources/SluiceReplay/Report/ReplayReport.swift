import Foundation

/// What became of a log under a policy.
///
/// Encoded as JSON its names have underscores; see `docs/replay.md`.
public struct ReplayReport: Codable, Hashable, Sendable {
    /// A log that was read.
    public struct Source: Codable, Hashable, Sendable {
        public var name: String
        public var format: String
        public var lines: Int
        public var malformed: Int
        /// What went wrong while reading, such as a compressed file that breaks off.
        public var problem: String?
    }

    /// A line that could not be read.
    public struct MalformedLine: Codable, Hashable, Sendable {
        public var source: String
        /// Counted from 1.
        public var line: Int
        public var reason: String
        /// Its beginning.
        public var text: String
    }

    /// The limit that would have let a share of a rule's callers through untouched.
    public struct Untouched: Codable, Hashable, Sendable {
        /// The share of callers, in per cent.
        public var percent: Double
        /// The least count; `nil` for a gap.
        public var count: Int64?
        /// The longest gap in seconds; `nil` for a count, and where any gap would do.
        public var gapSeconds: Double?
        /// The limit in the words of a policy file.
        public var limit: String
    }

    /// What one rule did.
    public struct Rule: Codable, Hashable, Sendable {
        public var policy: String
        public var rule: String
        /// The descriptor keys that it counts by; a caller of the rule is one combination of their values.
        public var by: [String]
        /// In the words of a policy file.
        public var limit: String
        public var algorithm: String
        /// The limit's count; `nil` for a gap and where there is none.
        public var count: Int64?
        /// The limit's gap in seconds; `nil` for a count.
        public var gapSeconds: Double?
        /// `enforce` or `shadow`; what a rule in shadow mode denies passes nevertheless.
        public var mode: String
        /// Requests that the rule had a say in.
        public var requests: Int
        /// Requests that the rule denied, whether or not others did too.
        public var denied: Int
        public var callers: Int
        public var callersDenied: Int
        /// Whether callers are estimated from a sample of them.
        public var isEstimated: Bool
        /// The limits that would have let 50, 90, 99 and 99.9 % of the rule's callers through; empty for a rule whose
        /// limit a log cannot tell.
        public var untouched: [Untouched]
        /// Whether those limits are approximate.
        public var isUntouchedApproximate: Bool

        var isGap: Bool { gapSeconds != nil }

        /// What the rule's limit is, on the axis of what callers would have needed.
        var ownNumber: Double? { gapSeconds ?? count.map(Double.init) }
    }

    /// A caller by name.
    public struct Caller: Codable, Hashable, Sendable {
        public var caller: String
        public var requests: Int64
        public var denied: Int64
        /// The rule that denied most of them.
        public var rule: String?
    }

    /// A span of time.
    public struct Bin: Codable, Hashable, Sendable {
        /// When it begins, in seconds since 1970.
        public var start: Int64
        public var requests: Int64
        public var denied: Int64
        /// What each rule denied, in the order of the rules.
        public var deniedByRule: [Int64]
    }

    /// The policy that decided.
    public var policy: String
    /// Well-formed requests that were decided: all that were allowed or denied.
    public var requests: Int
    public var allowed: Int
    public var denied: Int
    /// Of those, the ones that the policy's deny list names.
    public var deniedByList: Int
    /// Of those, the ones denied because the store was full.
    public var deniedByFullStore: Int
    /// Lines that are no request and no other line of their format either.
    public var malformed: Int
    /// Lines of all logs.
    public var lines: Int
    /// Good lines that are no requests, such as joins of a chat.
    public var otherLines: Int
    /// Requests outside of the time that was asked for.
    public var outsideTime: Int
    /// Requests that lack a key which a strict policy counts by.
    public var undecided: Int
    /// Requests that came too late in the log to be put in order.
    public var late: Int
    /// How often a log began anew.
    public var restarts: Int
    /// Values over 1 KiB, which were shortened.
    public var shortenedValues: Int

    /// The key whose values are the callers.
    public var callerKey: String
    /// Distinct callers.
    public var callers: Int
    /// Callers of whom at least one request was denied.
    public var callersDenied: Int
    /// Whether callers are estimated from a sample of them.
    public var callersEstimated: Bool
    /// Requests that have no caller.
    public var withoutCaller: Int
    /// By how much the counts of ``busiest`` and ``mostDenied`` may be too low.
    public var callerCountError: Int64

    /// The log's first and last moment, ISO 8601.
    public var firstTime: String?
    public var lastTime: String?
    public var rules: [Rule]
    public var busiest: [Caller]
    public var mostDenied: [Caller]
    /// How long a bin of ``series`` is.
    public var binSeconds: Int64
    public var series: [Bin]
    public var sources: [Source]
    public var malformedLines: [MalformedLine]
    /// What a reader of the figures has to know.
    public var notes: [String]
    /// How long the replay took.
    public var elapsedSeconds: Double

    /// The report as JSON, its names in a fixed order.
    public func json() -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Every field is a plain number, text or list of such; no number can be infinite.
        guard let data = try? encoder.encode(self) else { preconditionFailure("a report is always encodable") }
        return String(decoding: data, as: UTF8.self)
    }
}
