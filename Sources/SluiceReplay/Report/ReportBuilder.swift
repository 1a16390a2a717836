import Foundation
import Sluice
import SluicePolicies

/// Puts what was counted into a report.
struct ReportBuilder {
    /// The shares of callers for which limits are told, in per cent.
    static let shares = [50, 90, 99, 99.9]
    /// The most malformed lines shown, of all logs together.
    static let maximumMalformedShown = 10

    let tally: Tally
    let timeline: Timeline
    let options: Replay.Options

    func report(elapsed: Duration) -> ReplayReport {
        let counts = timeline.sources.map(\.counts)
        let (callers, callersDenied) = totals(of: tally.callers) { $0.denied > 0 }
        let hasRequests = tally.requests > 0
        return ReplayReport(
            policy: tally.policy.name, requests: tally.requests, allowed: tally.requests - tally.denied,
            denied: tally.denied, deniedByList: tally.deniedByList, deniedByFullStore: tally.deniedByFullStore,
            malformed: counts.reduce(0) { $0 + $1.malformed }, lines: counts.reduce(0) { $0 + $1.lines },
            otherLines: counts.reduce(0) { $0 + $1.other }, outsideTime: counts.reduce(0) { $0 + $1.outside },
            undecided: tally.undecided, late: timeline.late, restarts: timeline.restarts,
            shortenedValues: timeline.shortened,
            callerKey: callerKeys.joined(separator: " or "), callers: callers, callersDenied: callersDenied,
            callersEstimated: tally.callers.level > 0, withoutCaller: tally.withoutCaller,
            callerCountError: max(tally.callers.weightError, tally.denials.weightError),
            firstTime: hasRequests ? TimeText.iso8601(tally.firstTime) : nil,
            lastTime: hasRequests ? TimeText.iso8601(tally.lastTime) : nil,
            rules: tally.rules.map(rule), busiest: named { $0.requests }, mostDenied: named { $0.denied },
            binSeconds: tally.series.width / LogTime.nanosecondsPerSecond, series: series, sources: sources,
            malformedLines: malformedLines, notes: notes, elapsedSeconds: elapsed.seconds)
    }

    private var callerKeys: [String] {
        var keys: [String] = []
        for source in timeline.sources where !keys.contains(source.plan.callerKey.name) {
            keys.append(source.plan.callerKey.name)
        }
        return keys
    }

    /// How many callers there are and how many of them are of interest; of a sample, times its scale.
    private func totals<Record>(
        of table: CallerTable<Record>, _ isOfInterest: (Record) -> Bool
    ) -> (all: Int, ofInterest: Int) {
        var (all, ofInterest) = (0, 0)
        table.forEach { key, record in
            guard table.isSampled(key) else { return }
            all += 1
            if isOfInterest(record.pointee) { ofInterest += 1 }
        }
        return (all * table.scale, ofInterest * table.scale)
    }

    private func rule(_ tally: Tally.RuleTally) -> ReplayReport.Rule {
        let (callers, callersDenied) = totals(of: tally.callers) { $0.denied > 0 }
        let limit = tally.rule.limit
        let isCount = tally.meter.isMeasured && !tally.meter.isGap
        return ReplayReport.Rule(
            policy: self.tally.policy.name, rule: tally.rule.name, by: tally.rule.keys.map(\.name),
            limit: ([limit.words] + [tally.rule.penalty?.words].compactMap(\.self)).joined(separator: ", "),
            algorithm: limit.algorithm.rawValue, count: isCount ? limit.count : nil,
            gapSeconds: tally.meter.isGap ? limit.period.seconds : nil, mode: tally.rule.mode.rawValue,
            requests: tally.applied, denied: tally.denied, callers: callers,
            callersDenied: callersDenied, isEstimated: tally.callers.level > 0, untouched: untouched(tally),
            isUntouchedApproximate: tally.meter.isApproximate)
    }

    private func untouched(_ tally: Tally.RuleTally) -> [ReplayReport.Untouched] {
        guard tally.meter.isMeasured else { return [] }
        var needs: [Int64] = []
        tally.callers.forEach { key, record in
            if tally.callers.isSampled(key) { needs.append(record.pointee.needed) }
        }
        guard !needs.isEmpty else { return [] }
        let isGap = tally.meter.isGap
        if isGap { needs.sort(by: >) } else { needs.sort() }
        return Self.shares.map { share in
            let rank = Int((Double(needs.count) * share / 100).rounded(.up))
            let need = needs[max(0, min(needs.count, rank) - 1)]
            return ReplayReport.Untouched(
                percent: share, count: isGap ? nil : need,
                gapSeconds: isGap && need < .max ? Double(need) / Double(LogTime.nanosecondsPerSecond) : nil,
                limit: tally.rule.limit.words(needing: need))
        }
    }

    private func named(by weight: (CallerCount) -> Int64) -> [ReplayReport.Caller] {
        var all: [(weight: Int64, key: UInt64, caller: ReplayReport.Caller)] = []
        var threshold: Int64 = 1
        tally.callers.forEach { key, record in
            let value = weight(record.pointee)
            guard value >= threshold else { return }
            let caller = ReplayReport.Caller(
                caller: record.pointee.text, requests: record.pointee.requests, denied: record.pointee.denied)
            all.append((value, key, caller))
            // Names are only made of those who may be shown.
            guard all.count >= 4 * max(1, options.top) else { return }
            all.sort(by: Self.isBefore)
            all.removeSubrange(max(1, options.top)...)
            threshold = all[all.count - 1].weight
        }
        return all.sorted(by: Self.isBefore).prefix(options.top).map { entry in
            var caller = entry.caller
            caller.rule = tally.mainRule(of: entry.key).map { tally.rules[$0].rule.name }
            return caller
        }
    }

    private static func isBefore(
        _ a: (weight: Int64, key: UInt64, caller: ReplayReport.Caller),
        _ b: (weight: Int64, key: UInt64, caller: ReplayReport.Caller)
    ) -> Bool {
        a.weight != b.weight ? a.weight > b.weight : a.caller.caller < b.caller.caller
    }

    private var series: [ReplayReport.Bin] {
        (0..<tally.series.binCount).map { bin in
            ReplayReport.Bin(
                start: tally.series.start(of: bin) / LogTime.nanosecondsPerSecond,
                requests: tally.series.requests(in: bin), denied: tally.series.denied(in: bin),
                deniedByRule: tally.rules.indices.map { tally.series.denied(in: bin, by: $0) })
        }
    }

    private var sources: [ReplayReport.Source] {
        timeline.sources.map {
            ReplayReport.Source(
                name: $0.name, format: $0.format.rawValue, lines: $0.counts.lines, malformed: $0.counts.malformed,
                problem: $0.problem)
        }
    }

    private var malformedLines: [ReplayReport.MalformedLine] {
        let all = timeline.sources.flatMap { source in
            source.counts.samples.map {
                ReplayReport.MalformedLine(source: source.name, line: $0.number, reason: $0.reason, text: $0.text)
            }
        }
        return Array(all.prefix(Self.maximumMalformedShown))
    }

    private var notes: [String] {
        var notes: [String] = []
        for source in timeline.sources {
            if let problem = source.problem { notes.append("\(source.name) breaks off: \(problem)") }
        }
        if timeline.late > 0 {
            notes.append(
                "\(timeline.late) requests stand over a minute late in the log; each is decided at the time of the "
                    + "latest request before it")
        }
        if timeline.restarts > 0 {
            notes.append(
                "the log's time went back \(timeline.restarts) times for good; what follows is decided as if it came "
                    + "after, moved on by whole days")
        }
        if tally.callers.level > 0 {
            notes.append(
                "more than \(options.exactCallers) callers: their number and shares are estimated from one in "
                    + "\(tally.callers.scale), and the counts of named callers may be too low by up to "
                    + "\(tally.callers.weightError); totals of requests are exact")
        }
        if tally.rules.contains(where: { $0.rule.limit.algorithm == .concurrency }) {
            notes.append("a log has no durations, so concurrency rules are only looked at: nothing is ever held")
        }
        if tally.rules.contains(where: { $0.meter.isApproximate }) {
            notes.append("some callers sent too densely to keep every moment; their untouched limits are approximate")
        }
        if tally.deniedByFullStore > 0 {
            notes.append(
                "\(tally.deniedByFullStore) requests were denied because the store of \(options.cells) cells was full")
        }
        if timeline.shortened > 0 {
            notes.append(
                "\(timeline.shortened) values were longer than 1 KiB; each is decided by its beginning and a "
                    + "fingerprint")
        }
        if tally.undecided > 0 {
            notes.append(
                "\(tally.undecided) requests lack a key that a rule counts by, which the policy, being strict, refuses")
        }
        return notes
    }
}

extension Duration {
    /// In seconds.
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
